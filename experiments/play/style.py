"""The look of the section that somebody plays with; colours are those of the page wherever it says them."""

CSS = """
.play{--mark:var(--fill);--fill:#0072b2;--now:#d55e00;--edge:#8a8a8a;--paper:#fff;
 border:2px solid var(--line,#ccc);border-radius:.5rem;
 padding:.6rem .8rem;margin:.6rem 0 1rem}
@supports(color:light-dark(#000,#fff)){
 .play{--fill:light-dark(#0072b2,#6cb8e6);--now:light-dark(#d55e00,#ff9d5c);--edge:light-dark(#8a8a8a,#999);
  --paper:light-dark(#fff,#1b1b1b)}}
.play h3{margin:.5rem 0 .2rem}
.play h4{margin:.2rem 0}
.play p{max-width:none}
.play-row{display:flex;flex-wrap:wrap;gap:.4rem .6rem;align-items:center;margin:.3rem 0}
.play button,.play select,.play input[type=file]{font:inherit;min-height:2.5rem;padding:.25rem .7rem;max-width:100%;
 border:2px solid var(--edge);border-radius:.4rem;cursor:pointer;color:inherit;background:var(--paper)}
.play button[aria-pressed=true]{border-color:var(--fill);box-shadow:inset 0 -3px var(--fill);font-weight:600}
.play button:disabled{opacity:.5;cursor:default}
.play :focus-visible{outline:3px solid var(--fill);outline-offset:2px}
.play-label{max-width:100%}
.play-label select{width:auto;max-width:min(100%,21rem)}
.play-bar{position:sticky;top:0;z-index:1;background:var(--paper);padding:.2rem 0;
 border-bottom:1px solid var(--line,#ccc)}
.play input[type=range]{width:100%;min-height:1.6rem;accent-color:var(--fill)}
.play-maps{display:grid;grid-template:auto auto auto/1fr 1fr;grid-auto-flow:column;gap:.2rem 1.6rem}
.play-panel{display:contents}
.play-which{display:none}
.play-said{min-height:7.8em;font-size:.9rem;margin:.1rem 0 .4rem}
.play-two{display:grid;grid-template:auto 1fr/1fr 1fr;gap:.2rem 1.6rem}
.play-two>*{min-width:0}
.play-beside{grid-area:1/2/3/3}
.play-two ol{margin:.2rem 0;padding-inline-start:2.4rem;font-size:.9rem}
.play-result p{margin:.3rem 0}
.play-count{font-weight:600}
.play-class{width:100%;table-layout:fixed}
.play-class th:first-child{width:38%}
.play-class thead th{min-width:0}
.play-class thead th+th{text-align:end;padding-inline-end:.6rem}
.play-class tbody th{max-width:none;min-width:0}
.play-class td,.play-class tbody th{vertical-align:middle}
.play-class td{min-width:0;text-align:end;padding-inline-end:.6rem;font-variant-numeric:tabular-nums;
 background:linear-gradient(to right,color-mix(in srgb,var(--fill) 30%,transparent) calc(100%*var(--share,0)),#0000 0)}
.play-class .play-more td{text-align:start;background:none}
.play-class button{min-height:1.9rem;padding:0 .5rem;border-width:1px}
.play-class small{color:var(--soft,inherit)}
.play-flag span{display:block;font-weight:700}
.play-flagged th{border-inline-start:4px solid var(--now)}
.play .scroll{margin-inline-end:0;background:none}
.play pre,#play code{background:none;border:1px solid var(--line,#ccc)}
.play-own tbody th,.play-own td{min-width:0}
.play-own td:nth-child(n+4){min-width:9rem}
.play-caution{position:sticky;top:0;z-index:1;background:var(--paper);border:2px solid var(--now);border-radius:.4rem;
 padding:.3rem .7rem;font-weight:600}
.play-note{font-size:.9rem;margin:.2rem 0}
.play-map{display:block;width:100%;font-size:11px;max-width:none}
.play-map text{fill:currentColor}
.play-map .play-share,.play-map .play-mark{font-size:11px;font-weight:600}
.play-box{fill:var(--paper)}
.play-level{fill:var(--fill);fill-opacity:.3}
.play-ring{fill:none;stroke:var(--edge);stroke-width:1}
.play-ring.play-now{stroke:var(--now);stroke-width:4}
.play-square{fill:none;stroke:none}
.play-square.play-known{fill:currentColor}
.play-arrow{stroke:var(--edge);stroke-width:1}
.play-arrow.play-into{stroke:var(--now);stroke-width:2}
.play-choice{cursor:pointer}
@media(max-width:46rem){.play{padding:.4rem .5rem}.play-said{min-height:0}.play-two{display:block}
 .play-maps,.play-panel{display:block}.play-which{display:flex}
 .play-maps[data-only="0"] .play-panel-1,.play-maps[data-only="1"] .play-panel-0{display:none}
 .play-own td:nth-child(-n+3),.play-own th:nth-child(2),.play-own th:nth-child(3){display:none}
 .play-own td:nth-child(n+4){min-width:0}
 .play-class{font-size:.8rem}.play-class small{display:none}
 .play-class td,.play-class thead th+th{padding-inline-end:.3rem}
 .play-class thead th+th{writing-mode:vertical-rl;text-align:start;vertical-align:bottom}}
@media(forced-colors:active){
 .play-box{fill:Canvas}.play-level{fill:Highlight;fill-opacity:.4}.play-ring,.play-arrow{stroke:CanvasText}
 .play-ring.play-now,.play-arrow.play-into{stroke:Highlight}.play-square.play-known{fill:CanvasText}}
@media print{.play{display:none}}
"""

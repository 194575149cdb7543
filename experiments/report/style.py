"""The look of the page: system fonts, room to read, small screens, the dark, languages from right to left, paper."""

CSS = """
:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#555;--line:#ccc;--link:#00518a;--paper:#fff;--shade:#f3f3f3;
 --warm:#fff8f3;--caution:#fff6d6;--strong:#888;--shadow:#0003;--alarm:#b00020}
@media screen and (prefers-color-scheme:dark){
 :root{--ink:#e8e8e8;--soft:#b4b4b4;--line:#4a4a4a;--link:#8ec7f2;--paper:#121212;--shade:#242424;--warm:#2a1c12;
  --caution:#2f2810;--strong:#999;--shadow:#fff3;--alarm:#ff8a94}
 .drawing svg,.pupils svg,.key::before{filter:invert(1) hue-rotate(180deg)}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:58rem;padding:0 1rem 4rem;color:var(--ink);background:var(--paper);
 font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1{font-size:1.7rem;line-height:1.25;margin:1.5rem 0 1rem}
h2{font-size:1.4rem;margin:2.5rem 0 .6rem;border-bottom:2px solid var(--line);padding-bottom:.2rem}
h3{font-size:1.15rem;margin:2rem 0 .4rem}
h4{font-size:1rem;margin:1.4rem 0 .2rem}
p,li,dd{max-width:46rem}
p,li,dd,figcaption,caption,summary,h1,h2,h3,h4{overflow-wrap:anywhere}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid #0072B2;outline-offset:2px}
.skip{position:absolute;inset-inline-start:-999px}
.skip:focus{inset-inline-start:1rem;top:.5rem;background:var(--paper);padding:.4rem}
.first{border:3px solid #D55E00;border-radius:.5rem;margin:1rem 0;padding:.2rem 1.1rem .8rem;background:var(--warm)}
.first h2{border:0;margin:.6rem 0 .2rem}
.first h3{margin:.8rem 0 .2rem}
.verdict{font-size:1.12rem;border-inline-start:5px solid #0072B2;padding-block:.2rem;padding-inline-start:.9rem}
.alarm{color:var(--alarm)}
.caution{background:var(--caution);border-inline-start:5px solid #E69F00;padding:.5rem .9rem}
nav ul{columns:2;column-gap:2rem;padding-inline-start:1.1rem}
nav ul ul{columns:1}
nav li{break-inside:avoid}
figure{margin:1rem 0 1.5rem}
figcaption{font-size:.9rem;color:var(--soft);max-width:46rem;margin-top:.4rem}
.drawing,.scroll{overflow-x:auto;background:linear-gradient(to right,var(--paper) 30%,transparent) left/40px 100%,
 linear-gradient(to left,var(--paper) 30%,transparent) right/40px 100%,
 linear-gradient(to right,var(--shadow),#0000) left/12px 100%,
 linear-gradient(to left,var(--shadow),#0000) right/12px 100%;
 background-repeat:no-repeat;background-attachment:local,local,scroll,scroll}
svg{display:block;width:100%;height:auto;font-family:inherit;font-size:12px}
svg{direction:ltr}
svg text{unicode-bidi:plaintext}
.scroll{margin:1rem 0;margin-inline-end:calc(-1*clamp(0rem,(100vw - 61rem)/2,9rem))}
.first .scroll{margin-inline-end:0;background:none}
table{border-collapse:collapse;font-size:.85rem}
caption{text-align:start;font-weight:600;padding:.3rem 0}
caption span{display:inline-block;max-width:calc(100vw - 2.5rem)}
th,td{text-align:start;vertical-align:top;padding:.3rem .4rem;border-bottom:1px solid var(--line)}
tbody th{font-weight:500;min-width:9rem;max-width:20rem;overflow-wrap:break-word}
thead th{border-bottom:2px solid var(--strong);vertical-align:bottom;min-width:3.2rem}
.number{text-align:end;font-variant-numeric:tabular-nums}
tbody .number{white-space:nowrap}
td:not(.number){min-width:6rem}
.rules th:first-child{min-width:0}
.rules td:nth-child(2){min-width:16rem}
details{margin:.6rem 0}
summary{cursor:pointer;color:var(--link);padding:.2rem 0}
pre{overflow-x:auto;background:var(--shade);padding:.8rem;font-size:.8rem}
code{font-size:.9em;background:var(--shade);padding:.1em .3em;overflow-wrap:anywhere}
dt{font-weight:600;margin-top:.6rem}
dd{margin:0;margin-inline-start:1rem}
.moments>li{margin-bottom:1rem}
.moments p{margin:.2rem 0}
.on-paper{display:none}
@media(max-width:40rem){svg[style]{min-width:var(--whole)!important}
 nav ul{columns:1}h1{font-size:1.4rem}dd{margin-inline-start:.5rem}
 .wide figcaption::before{content:attr(data-hint)}}
@media(forced-colors:active){.drawing,figure svg{forced-color-adjust:none;background:#fff;color:#000}}
@media print{
 @page{size:A4;margin:16mm 14mm}
 html{font-size:9.5pt}
 .on-paper{display:block;border-top:1px solid var(--line);margin-top:1rem}
 body{max-width:none;padding:0}
 *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
 .skip,nav,.screen,.brief,[download],details:not([open]){display:none}
 .plan{display:block!important}
 .plan::details-content{content-visibility:visible;display:block;block-size:auto}
 .plan>summary{display:none}
 main:has(.brief :checked)>:not(.front,.first,.stays,#in-short,#results),
 main:has(.brief :checked) article>:not(h2,[id$=-plan],[id$=-why]){display:none}
 .drawing,.scroll,pre{overflow:visible;background:none}
 pre{white-space:pre-wrap;overflow-wrap:anywhere}
 svg{min-width:0!important;max-width:100%!important;max-height:11cm}
 table{font-size:7.5pt;width:100%}
 .verdict,p,li,figcaption{max-width:none}
 th,td{padding:.15rem .3rem}
 th,td,tbody th,thead th,td:not(.number),.rules td:nth-child(2){min-width:0}
 tbody th{overflow-wrap:anywhere;min-width:17mm}
 tbody .number{white-space:normal}
 figure,tr,.verdict,.moments>li{break-inside:avoid}
 h2{margin-top:1.2rem}
 h3{margin-top:1rem}
 figure{margin:.6rem 0}
 h2,h3,h4,caption{break-after:avoid}
 a{color:inherit}
}
"""

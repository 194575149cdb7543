/**
 * Elements of a page. Names come from people's files: text is never read as markup.
 */

/**
 * An element with text and children.
 * @param {string} name
 * @param {{text?: string, dir?: string, [attribute: string]: string | number | undefined}} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function made(name, { text, dir, ...attributes } = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, String(value));
  }
  if (dir) element.dir = dir;
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

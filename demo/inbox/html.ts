/** Markup in which everything is escaped that is not markup already: what a message says can be read and does nothing. */
export class Markup {
  constructor(readonly text: string) {}
}
export type Value = string | number | Markup | false | null | undefined | readonly Value[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
function written(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (value === false || value === null || value === undefined) return '';
  if (typeof value === 'object') return value.map(written).join('');
  return String(value).replace(/[&<>"']/g, (mark) => entities[mark]!);
}

/** A value in an attribute stands in quotation marks, always. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Markup =>
  new Markup(parts.map((part, index) => part + written(values[index])).join(''));

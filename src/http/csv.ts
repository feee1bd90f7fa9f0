/**
 * CSV after RFC 4180, with two things for those who open it by a double click in a Danish Excel: a BOM, without which it reads UTF-8 as Windows-1252, and `;`
 * between the cells, since the comma is the decimal sign there and a file with commas lands in one column. Everybody else reads the `;` off the header.
 */
export const BOM = '\ufeff';
export const csvMedia = 'text/csv; charset=utf-8; header=present';

/** What a spreadsheet takes for the beginning of a formula, in half and full width, and whatever it may strip before looking. */
const formula = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠'])/;
/** NUL ends a text in many readers, and half a character has no UTF-8. */
const unwritable = /[\0\p{Surrogate}]/gu;

/**
 * The text of a cell before quoting. One that a spreadsheet would work out gets a `'` in front; one that has a `'` there already gets a second,
 * so that whoever reads the file by machine takes exactly one off and has what was written.
 */
export const harmless = (text: string): string => {
  const written = text.replace(unwritable, '\ufffd');
  return formula.test(written) ? `'${written}` : written;
};
const quoted = (cell: string): string => (/[;,"\r\n\t]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => quoted(harmless(cell))).join(';')}\r\n`;

/** XES documents before libxml2: are they valid after xes.xsd, and what does a reader find in them? */
import { readFileSync } from 'node:fs';
import { validateXML } from 'xmllint-wasm';

const schema = readFileSync('test/audit/xes.xsd', 'utf8');
export type Element = { name: string; attributes: Record<string, string>; children: Element[] };

/**
 * For each document the complaints, none for a valid one; one that is no XML is complained of too. `read` is each well-formed one as libxml2 read it, in canonical
 * XML. Many at once, since to start the validator takes longer than to validate.
 */
export async function checked(...documents: string[]): Promise<{ errors: string[][]; read: string[] }> {
  const files = documents.map((text, place) => ({ fileName: `log${place}.xml`, contents: Buffer.from(text, 'utf8') }));
  const { rawOutput, normalized } = await validateXML({
    xml: files,
    schema: { fileName: 'xes.xsd', contents: schema },
    normalization: 'c14n',
    maxMemoryPages: 4_096,
  });
  const lines = rawOutput.split('\n');
  const errors = files.map(({ fileName }) => {
    const complaints = lines
      .filter((line) => line.startsWith(`${fileName}:`))
      .map((line) => line.slice(fileName.length + 1));
    return complaints.length > 0 || lines.includes(`${fileName} validates`) ? complaints : ['is not said to be valid'];
  });
  return { errors, read: normalized.split(/(?<=<\/log>)/).filter((text) => text.startsWith('<')) };
}

const entities: Record<string, string> = { amp: '&', lt: '<', quot: '"', '#x9': '\t', '#xA': '\n', '#xD': '\r' };
/** Canonical XML has one way to write everything, so that this much is enough to read it. */
export function treeOf(canonical: string): Element {
  const root: Element = { name: '', attributes: {}, children: [] };
  const open = [root];
  for (const [, close, name, attributes] of canonical.matchAll(/<(\/?)(\w+)((?: [\w.:]+="[^"]*")*)>/g)) {
    if (close) {
      open.pop();
      continue;
    }
    const pairs = [...attributes!.matchAll(/ ([\w.:]+)="([^"]*)"/g)].map(([, key, value]) => [
      key!,
      value!.replace(/&([^;]+);/g, (_, entity: string) => entities[entity]!),
    ]);
    const element: Element = {
      name: name!,
      attributes: Object.fromEntries(pairs) as Record<string, string>,
      children: [],
    };
    open.at(-1)!.children.push(element);
    open.push(element);
  }
  return root.children[0]!;
}

export const named = ({ children }: Element, ...names: string[]): Element[] =>
  children.filter(({ name }) => names.includes(name));
const kinds = ['string', 'date', 'int', 'float', 'boolean', 'id', 'list'];
export const valuesOf = (element: Element): Record<string, string> =>
  Object.fromEntries(named(element, ...kinds).map(({ attributes }) => [attributes['key']!, attributes['value']!]));
export const typesOf = (element: Element): Record<string, string> =>
  Object.fromEntries(named(element, ...kinds).map(({ name, attributes }) => [attributes['key']!, name]));

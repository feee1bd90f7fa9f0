/** What is generated from machines/ and checked in, each page with its file: CI compares. */
import { stageNames, stages } from '../../machines/pathway/stages.js';
import { eventsPage } from './events-page.js';
import { besidePicture, picture, treatmentPicture } from './picture.js';
import { rulesPage } from './rules-page.js';

const notice = '<!-- Generated from machines/ by `npm run generate`: change it there. -->';
const generated = (page: string): string => `${notice}\n\n${page.trimEnd()}\n`;

function pathwayPage(): string {
  return [
    '# Forløbet · The pathway', '',
    'Drawn from the chart. Events that leave from many stages are listed beside the picture; those that move nobody are in [events.md](events.md).', '',
    '## På dansk', '', picture('da'), '', 'Fra flere trin:', '', besidePicture('da'), '',
    '## In English', '', picture('en'), '', 'From several stages:', '', besidePicture('en'), '',
    '## In treatment', '',
    'The parts of a treatment go on beside each other. A pause keeps where each of them was.', '',
    treatmentPicture('painClinic'), '', treatmentPicture('painCentre'), '',
    '## Trin · Stages', '',
    '| stage | dansk | English |', '| --- | --- | --- |', ...stageNames.map((stage) => `| \`${stage}\` | ${stages[stage].da} | ${stages[stage].en} |`),
  ].join('\n');
}

export const pages: { file: string; render: () => string }[] = [
  { file: 'docs/pathway.md', render: () => generated(pathwayPage()) },
  { file: 'docs/rules.md', render: () => generated(rulesPage()) },
  { file: 'docs/events.md', render: () => generated(eventsPage()) },
];

/** What stands between the markers of that name in README.md. */
export const readmePicture = (): string => [picture('en'), '', 'From several stages:', '', besidePicture('en')].join('\n');

/**
 * Puts `content` between the two lines `<!-- marker -->` of a text and leaves the rest as it is.
 * Throws when there are not exactly two of them: a page that is silently not updated would lie.
 */
export function replaceBetween(text: string, marker: string, content: string): string {
  const line = `<!-- ${marker} -->`;
  const parts = text.split(line);
  if (parts.length !== 3) throw new Error(`the text has ${parts.length - 1} lines ${line} and needs two`);
  return `${parts[0]}${line}\n${content.trim()}\n${line}${parts[2]}`;
}

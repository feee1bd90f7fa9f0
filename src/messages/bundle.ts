/**
 * A letter as a FHIR R4 message. The same letter gives the same bytes however often it is sent, so that a receiver knows it again: every id is a UUID made from the message's own.
 *
 * Where MedCom has a FHIR standard for such a letter it has the shape of CareCommunication 5.0 (medcomfhir.dk/ig/carecommunication). Conformance is not certified, and it is not whole, which meta.tag says:
 * no SOR numbers (routes.ts has none), no named author with a telephone (a unit writes, not a person), the CPR number in no narrative, and uuids of version 5, which MedCom's pattern lets through,
 * where its text says 4. Where there is no standard no profile is claimed, and a tag of ours says that it is a draft.
 */
import { v5 } from 'uuid';
import { medcomOf, type LetterName, type Medcom } from '../../machines/pathway/letters.js';
import { unitName, unitOf } from '../../machines/pathway/routes.js';

export type Outgoing = {
  /** "<uuid of the pathway>.<seq>.<number>": never another, however often the message is sent. */
  id: string;
  pathway: string;
  letter: LetterName | 'correction';
  /** Codes of units. */
  from: string;
  to: string;
  subject: string;
  body: string;
  /** ISO 8601 with its zone. */
  writtenAt: string;
  patient: {
    id: string;
    name: string;
    birthDate: string;
    number: string | null;
    numberKind: 'cpr' | 'xEcpr' | 'dEcpr' | null;
  };
};
export type Bundle = ReturnType<typeof bundleOf>;

const home = 'https://smertevejen.example';
const ours = (kind: 'CodeSystem' | 'NamingSystem', name: string) => `${home}/fhir/${kind}/${name}`;
const names = v5(`${home}/fhir`, v5.URL);
const ig = 'http://medcomfhir.dk/ig';
const profiles = {
  Bundle: `${ig}/carecommunication/StructureDefinition/medcom-careCommunication-message`,
  MessageHeader: `${ig}/carecommunication/StructureDefinition/medcom-careCommunication-messageHeader`,
  Communication: `${ig}/carecommunication/StructureDefinition/medcom-careCommunication-communication`,
  Provenance: `${ig}/carecommunication/StructureDefinition/medcom-careCommunication-provenance`,
  Patient: `${ig}/core/StructureDefinition/medcom-core-patient`,
  Organization: `${ig}/messaging/StructureDefinition/medcom-messaging-organization`,
} as const;
/** The EDIFACT and XML standards that carry such a letter today. */
const standards = { XREF01: 'Henvisning til sygehus', XDIS02: 'Ambulantepikrise', XDIS13: 'Bookingsvar' } as const;

type Written = Outgoing & { medcom: Medcom };
type Part = 'header' | 'patient' | 'sender' | 'receiver' | 'communication' | 'thread' | 'payload' | 'provenance';
const idOf = ({ id }: Outgoing, part: Part): string => v5(`${id}/${part}`, names);
const urnOf = (letter: Outgoing, part: Part): string => `urn:uuid:${idOf(letter, part)}`;
const refer = (letter: Outgoing, part: Part) => ({ reference: urnOf(letter, part) });
const isCare = ({ medcom }: Written): boolean => 'care' in medcom;
const profile = (letter: Written, type: keyof typeof profiles) => (isCare(letter) ? { profile: [profiles[type]] } : {});
const meta = (letter: Written, type: keyof typeof profiles) => (isCare(letter) ? { meta: profile(letter, type) } : {});
const letterCode = ({ letter }: Outgoing) => ({ system: ours('CodeSystem', 'letter'), code: letter });

/** FHIR R4 Bundle of the type message: its header first, every reference within it. The CPR number is in Patient.identifier and nowhere else. */
export function bundleOf(outgoing: Outgoing) {
  const letter: Written = {
    ...outgoing,
    medcom: outgoing.letter === 'correction' ? { care: 'carecoordination' } : medcomOf(outgoing.letter),
  };
  return {
    resourceType: 'Bundle' as const,
    id: v5(outgoing.id, names),
    meta: { ...profile(letter, 'Bundle'), tag: tags(letter) },
    identifier: { system: ours('NamingSystem', 'message'), value: outgoing.id },
    type: 'message' as const,
    timestamp: outgoing.writtenAt,
    entry: [
      header(letter),
      patient(letter),
      organization(letter, 'sender'),
      organization(letter, 'receiver'),
      communication(letter),
      provenance(letter),
    ].map((resource) => ({ fullUrl: `urn:uuid:${resource.id}`, resource })),
  };
}

function tags({ medcom }: Written) {
  if ('care' in medcom) {
    return [
      {
        system: ours('CodeSystem', 'conformance'),
        code: 'not-certified',
        display:
          'Has the shape of MedCom CareCommunication 5.0; conformance is not certified, and there are no SOR numbers and no named author with a telephone',
      },
    ];
  }
  const carried =
    medcom.draft === null
      ? undefined
      : { system: ours('CodeSystem', 'medcom-standard'), code: medcom.draft, display: standards[medcom.draft] };
  const today = carried === undefined ? '' : `; today MedCom's ${carried.code} ${carried.display} carries it`;
  return [
    {
      system: ours('CodeSystem', 'draft'),
      code: 'draft',
      display: `Draft: no MedCom FHIR profile exists for this letter${today}`,
    },
    ...(carried === undefined ? [] : [carried]),
  ];
}

/** Units are named; the address that is really contacted stands in the list of receivers and in no message. */
const endpointOf = (unit: string) => `${home}/units/${encodeURIComponent(unit)}`;

function header(letter: Written) {
  const { from, to } = letter;
  const primary = {
    extension: [
      {
        url: `${ig}/messaging/StructureDefinition/medcom-messaging-destinationUseExtension`,
        valueCoding: { system: `${ig}/terminology/CodeSystem/medcom-messaging-destinationUse`, code: 'primary' },
      },
    ],
  };
  return {
    resourceType: 'MessageHeader' as const,
    id: idOf(letter, 'header'),
    ...meta(letter, 'MessageHeader'),
    text: narrative(letter.subject, `${unitName(from).da} → ${unitName(to).da}`),
    eventCoding: isCare(letter)
      ? { system: `${ig}/terminology/CodeSystem/medcom-messaging-eventCodes`, code: 'care-communication-message' }
      : letterCode(letter),
    destination: [
      {
        ...(isCare(letter) ? primary : {}),
        name: unitName(to).da,
        endpoint: endpointOf(to),
        receiver: refer(letter, 'receiver'),
      },
    ],
    sender: refer(letter, 'sender'),
    source: { name: unitName(from).da, software: 'Smertevejen', endpoint: endpointOf(from) },
    focus: [refer(letter, 'communication')],
    ...(isCare(letter)
      ? { definition: `${ig}/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0` }
      : {}),
  };
}

/** A replacement number may be another region's than ours, so a D-eCPR has the system of all regions. */
const numberSystems = {
  cpr: { use: 'official', system: 'urn:oid:1.2.208.176.1.2' },
  xEcpr: { use: 'temp', system: 'urn:oid:1.2.208.176.1.6.1.1' },
  dEcpr: { use: 'temp', system: 'urn:oid:1.2.208.176.1.6.1.3' },
} as const;

function patient(letter: Written) {
  const { name, birthDate, number, numberKind } = letter.patient;
  // Only the whole name is known: the last word is the family name more often than not, and `text` is what is shown.
  const words = name.split(/\s+/).filter((word) => word !== '');
  const given = words.slice(0, -1);
  return {
    resourceType: 'Patient' as const,
    id: idOf(letter, 'patient'),
    ...meta(letter, 'Patient'),
    text: narrative(name, birthDate),
    ...(number === null || numberKind === null
      ? {}
      : { identifier: [{ ...numberSystems[numberKind], value: number }] }),
    name: [
      { use: 'official' as const, text: name, family: words.at(-1) ?? name, ...(given.length === 0 ? {} : { given }) },
    ],
    birthDate,
  };
}

function organization(letter: Written, part: 'sender' | 'receiver') {
  const code = part === 'sender' ? letter.from : letter.to;
  const gln = unitOf(code)?.gln;
  return {
    resourceType: 'Organization' as const,
    id: idOf(letter, part),
    ...meta(letter, 'Organization'),
    text: narrative(unitName(code).da),
    // http://www.gs1.org/gln from DK Core 3.5 on; CareCommunication 5.0 is built on 3.4.
    identifier: [
      ...(gln === undefined ? [] : [{ use: 'official' as const, system: 'https://www.gs1.org/gln', value: gln }]),
      { system: ours('NamingSystem', 'unit'), value: code },
    ],
    name: unitName(code).da,
  };
}

function communication(letter: Written) {
  const { medcom, subject, body, writtenAt } = letter;
  const extension = [
    { url: `${ig}/core/StructureDefinition/medcom-core-datetime-extension`, valueDateTime: writtenAt },
    {
      url: `${ig}/core/StructureDefinition/medcom-core-identifier-extension`,
      valueIdentifier: { value: urnOf(letter, 'payload'), assigner: refer(letter, 'sender') },
    },
  ];
  return {
    resourceType: 'Communication' as const,
    id: idOf(letter, 'communication'),
    ...meta(letter, 'Communication'),
    text: narrative(subject, ...body.split('\n')),
    identifier: [{ value: urnOf(letter, 'thread') }],
    status: 'unknown' as const,
    category: [
      {
        coding: [
          'care' in medcom
            ? { system: `${ig}/terminology/CodeSystem/medcom-careCommunication-categoryCodes`, code: medcom.care }
            : letterCode(letter),
        ],
      },
    ],
    subject: refer(letter, 'patient'),
    topic: { text: subject },
    ...(isCare(letter) ? {} : { sent: writtenAt }),
    payload: [{ ...(isCare(letter) ? { extension } : {}), contentString: body }],
  };
}

/** Sent again it is still the same new message. */
function provenance(letter: Written) {
  return {
    resourceType: 'Provenance' as const,
    id: idOf(letter, 'provenance'),
    ...meta(letter, 'Provenance'),
    text: narrative(`${unitName(letter.from).da}, ${letter.writtenAt}`),
    target: [refer(letter, 'header')],
    occurredDateTime: letter.writtenAt,
    recorded: letter.writtenAt,
    activity: {
      coding: [{ system: `${ig}/terminology/CodeSystem/medcom-messaging-activityCodes`, code: 'new-message' }],
    },
    agent: [{ who: refer(letter, 'sender') }],
    ...(isCare(letter)
      ? { entity: [{ role: 'source' as const, what: { identifier: { value: urnOf(letter, 'payload') } } }] }
      : {}),
  };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** XHTML, which has no place for control characters. */
const narrative = (...lines: string[]) => ({
  status: 'generated' as const,
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${lines.map((line) => `<p>${line.replace(/\p{Cc}/gu, '').replace(/[&<>"]/g, (mark) => entities[mark]!)}</p>`).join('')}</div>`,
});

/** What a reader sees of a FHIR message, and what is wrong with one that is not for this unit, or is none. */
import { z } from 'zod';
import { instant } from '../../machines/pathway/fields.js';

/** `care`: it claims MedCom's profiles of that version. `draft`: it says of itself that there is no profile for it, and what carries such a letter today. */
export type Form =
  | { kind: 'care'; version: string | null }
  | { kind: 'draft'; standard: { code: string; display: string } | null }
  | { kind: 'other' };
/** `writtenAt`: ISO 8601 in UTC. `birthDate`: YYYY-MM-DD. `code`: null where the sender is named by no code of ours. */
export type Letter = {
  id: string;
  writtenAt: string;
  from: { code: string | null; name: string };
  subject: string;
  body: string;
  patient: { name: string; birthDate: string | null; number: { value: string; temporary: boolean } | null };
  form: Form;
};
/** `path` as FHIR writes it, `Bundle.entry[0].resource`; `message` goes on from there and never repeats a value. */
export type Fault = { path: string; message: string };

const unitSystem = 'https://smertevejen.example/fhir/NamingSystem/unit';
/** Nothing else can be acknowledged; and so it may stand in an address and in a log. */
export const messageId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[1-9]\d{0,8}\.[1-9]\d?$/;

const reference = z.object({ reference: z.string('is missing: refer to an entry by its fullUrl') });
const identifiers = z.array(
  z.object({ use: z.string().optional(), system: z.string().optional(), value: z.string().optional() }),
);
const bundle = z.object({
  resourceType: z.literal('Bundle', 'is not "Bundle": send a FHIR R4 Bundle of the type message'),
  type: z.literal('message', 'is not "message": send a FHIR R4 Bundle of the type message'),
  identifier: z.object(
    {
      value: z
        .string('is missing: a message has its id there')
        .regex(messageId, 'is no id of a message: it is "<uuid of the pathway>.<seq>.<number>"'),
    },
    'is missing: a message has its id there',
  ),
  timestamp: instant(),
  meta: z
    .object({
      profile: z.array(z.string()).optional(),
      tag: z
        .array(z.object({ system: z.string().optional(), code: z.string().optional(), display: z.string().optional() }))
        .optional(),
    })
    .optional(),
  entry: z
    .array(
      z.object({
        fullUrl: z.string('is missing'),
        resource: z.looseObject({ resourceType: z.string('is missing') }, 'is missing'),
      }),
      'is missing: its first is a MessageHeader',
    )
    .min(1, 'is empty: its first is a MessageHeader'),
});
const parts = {
  MessageHeader: z.object({
    destination: z.array(z.object({ receiver: reference })).min(1, 'is empty: name the unit that the message is for'),
    sender: reference,
    focus: z.array(reference).min(1, 'is empty'),
    definition: z.string().optional(),
  }),
  Organization: z.object({ identifier: identifiers.optional(), name: z.string().optional() }),
  Communication: z.object({
    subject: reference,
    topic: z.object({ text: z.string('is missing') }, 'is missing'),
    payload: z
      .array(z.object({ contentString: z.string('is missing: this inbox reads text only') }))
      .min(1, 'is empty'),
  }),
  Patient: z.object({
    name: z
      .array(
        z.object({ text: z.string().optional(), given: z.array(z.string()).optional(), family: z.string().optional() }),
      )
      .min(1, 'is empty'),
    birthDate: z.string().optional(),
    identifier: identifiers.optional(),
  }),
} as const;
type Part = keyof typeof parts;
type Read<P extends Part> = z.infer<(typeof parts)[P]>;

class Unreadable extends Error {
  constructor(readonly faults: readonly Fault[]) {
    super('the message cannot be read');
  }
}
const pathOf = (base: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`), base);
function parsed<S extends z.ZodType>(schema: S, value: unknown, base: string): z.infer<S> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new Unreadable(
    read.error.issues.map(({ path, message }) => ({
      path: pathOf(base, path),
      message: /^(is|lies) /.test(message) ? message : `is not as FHIR R4 has it (${message})`,
    })),
  );
}

/** The message for `unit`, or each fault that was found in it. */
export function readLetter(value: object, unit: string): { letter: Letter } | { faults: readonly Fault[] } {
  try {
    return { letter: letterIn(parsed(bundle, value, 'Bundle'), unit) };
  } catch (error) {
    if (error instanceof Unreadable) return { faults: error.faults };
    throw error;
  }
}

type Bundle = z.infer<typeof bundle>;
function letterIn(message: Bundle, unit: string): Letter {
  const base = 'Bundle.entry[0].resource';
  const first = message.entry[0]!.resource;
  if (first.resourceType !== 'MessageHeader')
    throw new Unreadable([{ path: base, message: 'is no MessageHeader: the first entry of a message is one' }]);
  const header = parsed(parts.MessageHeader, first, base);
  const follow = <P extends Part>(part: P, { reference: to }: { reference: string }, from: string): Read<P> => {
    const index = message.entry.findIndex(({ fullUrl, resource }) => fullUrl === to && resource.resourceType === part);
    if (index < 0) throw new Unreadable([{ path: from, message: `refers to no ${part} in this Bundle` }]);
    return parsed(parts[part], message.entry[index]!.resource, `Bundle.entry[${index}].resource`) as Read<P>;
  };
  const receivers = header.destination.map(({ receiver }, index) =>
    codeOf(follow('Organization', receiver, `${base}.destination[${index}].receiver`)),
  );
  if (!receivers.includes(unit))
    throw new Unreadable([
      {
        path: `${base}.destination`,
        message: `is not ${unit}: this address takes messages for that unit only; its receiver has the code in an identifier of ${unitSystem}`,
      },
    ]);
  const sender = follow('Organization', header.sender, `${base}.sender`);
  const communication = follow('Communication', header.focus[0]!, `${base}.focus[0]`);
  const patient = follow('Patient', communication.subject, 'Communication.subject');
  return {
    id: message.identifier.value,
    writtenAt: message.timestamp,
    from: { code: codeOf(sender) ?? null, name: sender.name ?? '–' },
    subject: communication.topic.text,
    body: communication.payload.map(({ contentString }) => contentString).join('\n\n'),
    patient: { name: nameOf(patient), birthDate: patient.birthDate ?? null, number: numberOf(patient) },
    form: formOf(message, header),
  };
}

const codeOf = ({ identifier = [] }: Read<'Organization'>): string | undefined =>
  identifier.find(({ system }) => system === unitSystem)?.value;
const nameOf = ({ name: [name] }: Read<'Patient'>): string =>
  name!.text ?? [...(name!.given ?? []), name!.family ?? ''].join(' ').trim();
function numberOf({ identifier = [] }: Read<'Patient'>): Letter['patient']['number'] {
  const found = identifier.find(({ value }) => value !== undefined);
  return found ? { value: found.value!, temporary: found.use === 'temp' } : null;
}

function formOf({ meta: { profile = [], tag = [] } = {} }: Bundle, { definition = '' }: Read<'MessageHeader'>): Form {
  const tagged = (name: string) => tag.find(({ system }) => system?.endsWith(`/CodeSystem/${name}`));
  if (tagged('draft')) {
    const standard = tagged('medcom-standard');
    return {
      kind: 'draft',
      standard: standard?.code === undefined ? null : { code: standard.code, display: standard.display ?? '' },
    };
  }
  return profile.some((url) => url.includes('careCommunication'))
    ? { kind: 'care', version: /\|([\d.]+)$/.exec(definition)?.[1] ?? null }
    : { kind: 'other' };
}

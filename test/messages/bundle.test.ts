/** A letter as a FHIR message: the shape of a CareCommunication where MedCom has one for it, a labelled draft where it has none. */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { version } from 'uuid';
import { letters, medcomOf, type LetterName } from '../../machines/pathway/letters.js';
import { bundleOf, type Bundle, type Outgoing } from '../../src/messages/bundle.js';

const cpr = '1203759995';
const outgoing: Outgoing = {
  id: '0199a6f2-0000-7000-8000-000000000001.14.1',
  pathway: '0199a6f2-0000-7000-8000-000000000001',
  letter: 'attached',
  from: 'TSC_HEH',
  to: 'CVI_MIDT',
  subject: 'Patienten er tilknyttet',
  body: 'Første linje.\nAnden <linje> & mere.',
  writtenAt: '2026-03-02T10:00:00.000Z',
  patient: {
    id: '0199a6f2-0000-7000-8000-000000000002',
    name: 'Anna Test Prøve',
    birthDate: '1975-03-12',
    number: cpr,
    numberKind: 'cpr',
  },
};
const names: readonly (LetterName | 'correction')[] = [...(Object.keys(letters) as LetterName[]), 'correction'];
const isCare = (letter: LetterName | 'correction') => letter === 'correction' || 'care' in medcomOf(letter);
const drafts = (standard: string | null) =>
  names.filter((letter) => {
    const medcom = letter === 'correction' ? { care: 'x' } : medcomOf(letter);
    return 'draft' in medcom && medcom.draft === standard;
  });
type Resource = Bundle['entry'][number]['resource'];
const of = <T extends Resource['resourceType']>(bundle: Bundle, type: T) =>
  bundle.entry
    .map(({ resource }) => resource)
    .filter((resource): resource is Extract<Resource, { resourceType: T }> => resource.resourceType === type);
const text = (value: unknown) => JSON.stringify(value);
/** Every string in it that is named `key`. */
const all = (value: unknown, key: string): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, inner]) =>
        name === key && typeof inner === 'string' ? [inner] : all(inner, key),
      );

const letter = fc
  .record({
    id: fc.tuple(fc.uuid(), fc.nat(), fc.nat(9)).map((parts) => parts.join('.')),
    letter: fc.constantFrom(...names),
    from: fc.constantFrom('TSC_HEH', 'CVI_BYEN', 'UNKNOWN'),
    to: fc.constantFrom('GP_NORD', 'CVI_MIDT'),
    subject: fc.string({ minLength: 1 }),
    body: fc.string({ unit: 'binary' }),
    name: fc.string({ unit: 'grapheme' }),
    number: fc.constantFrom(
      [cpr, 'cpr'],
      ['070392XVJ4', 'xEcpr'],
      ['0703925VJ4', 'dEcpr'],
      [null, null],
    ) as fc.Arbitrary<[string, 'cpr'] | [null, null]>,
  })
  .map(({ name, number: [number, numberKind], ...rest }): Outgoing => ({
    ...outgoing,
    ...rest,
    patient: { ...outgoing.patient, name, number, numberKind },
  }));

describe('a letter as a FHIR message', () => {
  it('has the same bytes each time, and its own id', () => {
    fc.assert(
      fc.property(letter, (one) => {
        const bundle = bundleOf(one);
        assert.equal(text(bundleOf(structuredClone(one))), text(bundle));
        assert.equal(bundle.identifier.value, one.id);
      }),
    );
  });
  it('shares no id of its own with another message', () => {
    const ids = ['1.1', '1.2', '2.1']
      .map((end) => bundleOf({ ...outgoing, id: `${outgoing.pathway}.${end}` }))
      .flatMap((bundle) => [bundle.id, ...bundle.entry.map(({ resource }) => resource.id)]);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.equal(version(id), 5);
  });
  it('is whole: its header comes first, each kind is there, and every reference is to an entry of it', () => {
    for (const name of names) {
      const bundle = bundleOf({ ...outgoing, letter: name });
      assert.deepEqual(
        bundle.entry.map(({ resource }) => resource.resourceType),
        ['MessageHeader', 'Patient', 'Organization', 'Organization', 'Communication', 'Provenance'],
      );
      const urls = bundle.entry.map(({ fullUrl }) => fullUrl);
      assert.deepEqual(
        urls,
        bundle.entry.map(({ resource }) => `urn:uuid:${resource.id}`),
      );
      assert.equal(new Set(urls).size, 6);
      for (const reference of all(bundle, 'reference')) assert.ok(urls.includes(reference), reference);
    }
  });
  it("has the CPR number in the patient's identifier and nowhere else", () => {
    fc.assert(
      fc.property(letter, (one) => {
        const bundle = bundleOf(one);
        const [patient] = of(bundle, 'Patient');
        const { number } = one.patient;
        assert.deepEqual(
          patient!.identifier?.map(({ value }) => value),
          number === null ? undefined : [number],
        );
        delete patient!.identifier;
        if (number !== null) assert.ok(!text(bundle).replaceAll('-', '').includes(number));
      }),
    );
  });
  it('knows a CPR number from replacement numbers by the system', () => {
    const identifier = (number: string, numberKind: 'cpr' | 'xEcpr' | 'dEcpr') =>
      of(bundleOf({ ...outgoing, patient: { ...outgoing.patient, number, numberKind } }), 'Patient')[0]!.identifier;
    assert.deepEqual(identifier(cpr, 'cpr'), [{ use: 'official', system: 'urn:oid:1.2.208.176.1.2', value: cpr }]);
    assert.deepEqual(identifier('0703921VJ4', 'xEcpr'), [
      { use: 'temp', system: 'urn:oid:1.2.208.176.1.6.1.1', value: '0703921VJ4' },
    ]);
    assert.deepEqual(identifier('0703925VJ4', 'dEcpr'), [
      { use: 'temp', system: 'urn:oid:1.2.208.176.1.6.1.3', value: '0703925VJ4' },
    ]);
  });
  it('gives the name whole and in parts', () => {
    const name = (whole: string) =>
      of(bundleOf({ ...outgoing, patient: { ...outgoing.patient, name: whole } }), 'Patient')[0]!.name;
    assert.deepEqual(name('Anna Test Prøve'), [
      { use: 'official', text: 'Anna Test Prøve', family: 'Prøve', given: ['Anna', 'Test'] },
    ]);
    assert.deepEqual(name('Prøve'), [{ use: 'official', text: 'Prøve', family: 'Prøve' }]);
  });
  it('names each unit by its GLN where it has one, and by its code', () => {
    const [sender, receiver] = of(bundleOf(outgoing), 'Organization');
    assert.deepEqual(
      sender!.identifier.map(({ value }) => value),
      ['TSC_HEH'],
    );
    assert.deepEqual(receiver!.identifier, [
      { use: 'official', system: 'https://www.gs1.org/gln', value: '5790000203628' },
      { system: 'https://smertevejen.example/fhir/NamingSystem/unit', value: 'CVI_MIDT' },
    ]);
    assert.deepEqual([sender!.name, receiver!.name], ['Tværfagligt Smertecenter, HeH', 'CVI Midt']);
  });
  it('has the text as it was written, and in its narrative as XHTML', () => {
    fc.assert(
      fc.property(letter, (one) => {
        const bundle = bundleOf(one);
        const [communication] = of(bundle, 'Communication');
        assert.equal(communication!.payload[0]!.contentString, one.body);
        assert.equal(communication!.topic.text, one.subject);
        for (const div of all(bundle, 'div'))
          assert.match(
            div,
            /^<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml">(<p>(?:[^<>&\p{Cc}]|&(?:amp|lt|gt|quot);)*<\/p>)+<\/div>$/u,
          );
      }),
    );
    assert.match(
      of(bundleOf(outgoing), 'Communication')[0]!.text.div,
      /<p>Første linje\.<\/p><p>Anden &lt;linje&gt; &amp; mere\.<\/p>/,
    );
  });
});

describe('a letter that MedCom has a standard for', () => {
  const ig = 'http://medcomfhir.dk/ig';
  it('has the shape of a CareCommunication, whole', () => {
    const bundle = bundleOf({ ...outgoing, letter: 'correction', subject: 'Rettelse' });
    const [header] = of(bundle, 'MessageHeader');
    const [patient] = of(bundle, 'Patient');
    const [sender, receiver] = of(bundle, 'Organization');
    const [communication] = of(bundle, 'Communication');
    const [provenance] = of(bundle, 'Provenance');
    const urn = (resource: { id: string } | undefined) => ({ reference: `urn:uuid:${resource!.id}` });
    const { text: headerText, ...head } = header!;
    assert.equal(headerText.status, 'generated');
    assert.deepEqual(head, {
      resourceType: 'MessageHeader',
      id: header!.id,
      meta: { profile: [`${ig}/carecommunication/StructureDefinition/medcom-careCommunication-messageHeader`] },
      eventCoding: {
        system: `${ig}/terminology/CodeSystem/medcom-messaging-eventCodes`,
        code: 'care-communication-message',
      },
      destination: [
        {
          extension: [
            {
              url: `${ig}/messaging/StructureDefinition/medcom-messaging-destinationUseExtension`,
              valueCoding: { system: `${ig}/terminology/CodeSystem/medcom-messaging-destinationUse`, code: 'primary' },
            },
          ],
          name: 'CVI Midt',
          endpoint: 'https://smertevejen.example/units/CVI_MIDT',
          receiver: urn(receiver),
        },
      ],
      sender: urn(sender),
      source: {
        name: 'Tværfagligt Smertecenter, HeH',
        software: 'Smertevejen',
        endpoint: 'https://smertevejen.example/units/TSC_HEH',
      },
      focus: [urn(communication)],
      definition: `${ig}/messagedefinitions/MessageDefinition/MedComCareCommunicationMessageDefinition|5.0`,
    });
    const { text: _narrative, ...said } = communication!;
    const payload = all(provenance!.entity, 'value')[0]!;
    assert.match(payload, /^urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    assert.match(said.identifier[0]!.value, /^urn:uuid:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    assert.deepEqual(said, {
      resourceType: 'Communication',
      id: communication!.id,
      meta: { profile: [`${ig}/carecommunication/StructureDefinition/medcom-careCommunication-communication`] },
      identifier: said.identifier,
      status: 'unknown',
      category: [
        {
          coding: [
            { system: `${ig}/terminology/CodeSystem/medcom-careCommunication-categoryCodes`, code: 'carecoordination' },
          ],
        },
      ],
      subject: urn(patient),
      topic: { text: 'Rettelse' },
      payload: [
        {
          extension: [
            { url: `${ig}/core/StructureDefinition/medcom-core-datetime-extension`, valueDateTime: outgoing.writtenAt },
            {
              url: `${ig}/core/StructureDefinition/medcom-core-identifier-extension`,
              valueIdentifier: { value: payload, assigner: urn(sender) },
            },
          ],
          contentString: outgoing.body,
        },
      ],
    });
    const { text: _other, ...origin } = provenance!;
    assert.deepEqual(origin, {
      resourceType: 'Provenance',
      id: provenance!.id,
      meta: { profile: [`${ig}/carecommunication/StructureDefinition/medcom-careCommunication-provenance`] },
      target: [urn(header)],
      occurredDateTime: outgoing.writtenAt,
      recorded: outgoing.writtenAt,
      activity: {
        coding: [{ system: `${ig}/terminology/CodeSystem/medcom-messaging-activityCodes`, code: 'new-message' }],
      },
      agent: [{ who: urn(sender) }],
      entity: [{ role: 'source', what: { identifier: { value: payload } } }],
    });
    assert.deepEqual(all(bundle, 'resourceType').length, 7);
  });
  it('names the profiles that it follows and says that its conformance is not certified', () => {
    for (const name of names.filter(isCare)) {
      const bundle = bundleOf({ ...outgoing, letter: name });
      assert.deepEqual(bundle.meta.profile, [
        `${ig}/carecommunication/StructureDefinition/medcom-careCommunication-message`,
      ]);
      assert.deepEqual(
        bundle.meta.tag.map(({ code }) => code),
        ['not-certified'],
      );
      assert.match(bundle.meta.tag[0]!.display, /conformance is not certified/);
      for (const { resource } of bundle.entry)
        assert.match(
          ('meta' in resource ? resource.meta?.profile?.[0] : undefined) ?? '',
          /^http:\/\/medcomfhir\.dk\/ig\/(carecommunication|core|messaging)\/StructureDefinition\/medcom-/,
          `${name} ${resource.resourceType}`,
        );
      assert.equal(
        of(bundle, 'Communication')[0]!.category[0]!.coding[0]!.code,
        name === 'correction' ? 'carecoordination' : (medcomOf(name) as { care: string }).care,
      );
    }
  });
});

describe('a letter that MedCom has no FHIR standard for', () => {
  for (const name of names.filter((each) => !isCare(each))) {
    it(`claims no profile and is labelled a draft (${name})`, () => {
      const bundle = bundleOf({ ...outgoing, letter: name });
      assert.deepEqual(all(bundle, 'profile'), []);
      assert.doesNotMatch(text(bundle), /"profile"|StructureDefinition|MessageDefinition/);
      assert.deepEqual(
        { ...bundle.meta.tag[0], display: '' },
        { system: 'https://smertevejen.example/fhir/CodeSystem/draft', code: 'draft', display: '' },
      );
      assert.match(bundle.meta.tag[0]!.display, /^Draft: no MedCom FHIR profile exists for this letter/);
      assert.deepEqual(of(bundle, 'MessageHeader')[0]!.eventCoding, {
        system: 'https://smertevejen.example/fhir/CodeSystem/letter',
        code: name,
      });
      assert.deepEqual(of(bundle, 'Communication')[0]!.category, [
        { coding: [{ system: 'https://smertevejen.example/fhir/CodeSystem/letter', code: name }] },
      ]);
    });
  }
  for (const [standard, called] of [
    ['XREF01', 'Henvisning til sygehus'],
    ['XDIS02', 'Ambulantepikrise'],
    ['XDIS13', 'Bookingsvar'],
  ] as const) {
    it(`names the standard that carries it today (${standard})`, () => {
      for (const name of drafts(standard)) {
        const { tag } = bundleOf({ ...outgoing, letter: name }).meta;
        assert.deepEqual(
          tag[1],
          { system: 'https://smertevejen.example/fhir/CodeSystem/medcom-standard', code: standard, display: called },
          name,
        );
        assert.ok(tag[0]!.display.includes(`${standard} ${called}`), name);
      }
    });
  }
  it('names no standard where none carries it', () => {
    for (const name of drafts(null)) assert.equal(bundleOf({ ...outgoing, letter: name }).meta.tag.length, 1, name);
  });
  it('is the referral and the discharge letter, and acute new pain, for which CareCommunication must not be used', () => {
    assert.ok(drafts('XREF01').includes('referral'));
    assert.ok(drafts('XDIS02').includes('dischargeLetter'));
    const bundle = bundleOf({ ...outgoing, letter: 'newPain', body: 'Akut: der er ringet.' });
    assert.doesNotMatch(text(bundle), /"profile"|StructureDefinition|MessageDefinition/);
    assert.equal(bundle.meta.tag[0]!.code, 'draft');
  });
});

/** Checkpoints of the audit log as signed notes, and the key they are signed with. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';

import fc from 'fast-check';

import { openSigner, readVerifiers, signingKeyFile, verifierKeyFile } from '../../src/audit/tree/keys.js';
import {
  logName,
  NoteRefused,
  openNote,
  readCheckpoint,
  signCheckpoint,
  signerOf,
  signNote,
  verifierOf,
  type Refusal,
  type Signer,
  type Verifier,
} from '../../src/audit/tree/note.js';
import { emptyRoot, leafHash } from '../../src/audit/tree/tree.js';

const newSigner = (name = logName): Signer => signerOf(name, generateKeyPairSync('ed25519').privateKey);
const signer = newSigner();
const verifiers = [verifierOf(signer.verifierKey)];
const checkpoint = { origin: logName, size: 20_852_163, root: leafHash('a root') };
const note = signCheckpoint(checkpoint, signer);

function refuses(refusal: Refusal, text: string, message: RegExp, by: Verifier[] = verifiers): void {
  assert.throws(
    () => readCheckpoint(text, by),
    (error) => {
      assert.ok(error instanceof NoteRefused, `${error}`);
      assert.equal(error.refusal, refusal, JSON.stringify(text));
      assert.match(error.message, message);
      return true;
    },
  );
}

describe('a signed note', () => {
  // The key and note in the tests of Go's golang.org/x/mod/sumdb/note, whose format C2SP wrote down. Ed25519 signs the same text the same way each time.
  const seed = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1);
  const neumann = signerOf(
    'PeterNeumann',
    createPrivateKey({
      key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
      format: 'der',
      type: 'pkcs8',
    }),
  );
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const known = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

  it('is that of Go, to the byte, and so is the verifier key', () => {
    assert.equal(neumann.verifierKey, 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
    assert.equal(signNote(text, neumann), known);
    assert.equal(openNote(known, [verifierOf(neumann.verifierKey)]), text);
  });
  it('may have empty lines in its text, and is cut at the last', () => {
    const sonnet = 'one\n\ntwo\n\n';
    assert.equal(openNote(signNote(sonnet, signer), verifiers), sonnet);
  });
  it('is not made from text that could not be read back', () => {
    for (const wrong of ['', 'no newline', 'a\r\n', 'a\tb\n', '\ud800\n', '\0\n'])
      assert.throws(() => signNote(wrong, signer), /^Error: a note is UTF-8 text/);
  });
});

describe('a checkpoint', () => {
  it('is three lines, a blank one and a signature that node:crypto finds good', () => {
    const [origin, size, root, blank, signature, end, ...more] = note.split('\n');
    assert.deepEqual(
      [origin, size, root, blank, end, more],
      [logName, '20852163', checkpoint.root.toString('base64'), '', '', []],
    );
    const [dash, name, base64] = signature!.split(' ');
    assert.deepEqual([dash, name], ['\u2014', logName]);
    const bytes = Buffer.from(base64!, 'base64');
    assert.equal(bytes.length, 4 + 64);
    // The key by way of DER and not of JWK, as src/ has it.
    const key = Buffer.from(signer.verifierKey.split('+').slice(2).join('+'), 'base64');
    const publicKey = createPublicKey({
      key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]),
      format: 'der',
      type: 'spki',
    });
    assert.ok(verify(null, Buffer.from(note.slice(0, note.indexOf('\n\n') + 1)), publicKey, bytes.subarray(4)));
    assert.deepEqual(
      bytes.subarray(0, 4),
      createHash('sha256').update(`${logName}\n\x01`).update(key.subarray(1)).digest().subarray(0, 4),
    );
  });
  it('is read as it was signed, at any size', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
        const signed = { origin: logName, size, root: Buffer.from(root) };
        assert.deepEqual(readCheckpoint(signCheckpoint(signed, signer), verifiers), signed);
      }),
    );
    assert.deepEqual(readCheckpoint(signCheckpoint({ origin: logName, size: 0, root: emptyRoot }, signer), verifiers), {
      origin: logName,
      size: 0,
      root: emptyRoot,
    });
  });
  it('is not signed with what it could not say', () => {
    for (const origin of ['', 'a\nb', 'a\r']) assert.throws(() => signCheckpoint({ ...checkpoint, origin }, signer));
    for (const size of [-1, 1.5, NaN, 2 ** 53])
      assert.throws(() => signCheckpoint({ ...checkpoint, size }, signer), /^Error: size/);
    for (const length of [0, 31, 33])
      assert.throws(
        () => signCheckpoint({ ...checkpoint, root: Buffer.alloc(length) }, signer),
        /^Error: root: give 32 bytes$/,
      );
  });

  it('may carry signatures of witnesses and of other keys, before and after', () => {
    const line = (by: Signer) => signCheckpoint(checkpoint, by).split('\n').at(-2)!;
    const [body, own] = [note.slice(0, note.indexOf('\n\n') + 2), line(signer)];
    const others = [
      newSigner('witness.example/one'),
      newSigner(),
      ...Array.from({ length: 14 }, (_, i) => newSigner(`w${i}`)),
    ].map(line);
    const large = `— large ${Buffer.alloc(4_900, 7).toString('base64')}`;
    assert.deepEqual(readCheckpoint(`${body}${[...others, own, large, own].join('\n')}\n`, verifiers), checkpoint);
    refuses(
      'unknownKey',
      `${body}${others.join('\n')}\n`,
      /^unknown key: signed by witness\.example\/one\+[0-9a-f]{8}, /,
    );
    assert.deepEqual(readCheckpoint(note, [verifierOf(newSigner().verifierKey), ...verifiers]), checkpoint);
  });
  it('with one good and one bad signature of known keys is refused', () => {
    const second = newSigner('second');
    const bad = signCheckpoint({ ...checkpoint, size: 1 }, second)
      .split('\n')
      .at(-2)!;
    assert.deepEqual(readCheckpoint(`${note}${bad}\n`, verifiers), checkpoint);
    refuses('badSignature', `${note}${bad}\n`, /^bad signature: that of second\+/, [
      ...verifiers,
      verifierOf(second.verifierKey),
    ]);
  });
  it('of another name or key id is unknown, also when the key is ours', () => {
    refuses('unknownKey', note.replace('— smertevejen', '— smertevejeN'), /^unknown key/);
    refuses('unknownKey', note, /^unknown key/, [verifierOf(newSigner().verifierKey)]);
    refuses('unknownKey', note, /^unknown key/, []);
  });
  it('of another log is refused, though the key is ours', () => {
    const other = signCheckpoint({ ...checkpoint, origin: 'another' }, signer);
    refuses('otherOrigin', other, /^other origin: a checkpoint of another and not of smertevejen$/);
    assert.equal(readCheckpoint(other, verifiers, 'another').origin, 'another');
  });
  it('is refused when one bit of it is another', () => {
    const bytes = Buffer.from(note);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => readCheckpoint(changed.toString(), verifiers), NoteRefused, `bit ${bit}`);
    }
  });

  it('whose note is malformed is refused with the reason', () => {
    const signature = note.slice(note.indexOf('— '));
    const base64 = signature.split(' ')[2]!.trim();
    const body = note.slice(0, note.indexOf('\n\n') + 1);
    const cases: [string, RegExp][] = [
      ['', /no newline at the end/],
      [note.slice(0, -1), /no newline at the end/],
      ['\n', /no blank line/],
      [body, /no blank line/],
      [`${body}${signature}`, /no blank line/],
      [`${body}\n`, /no signature/],
      [note.replaceAll('\n', '\r\n'), /control character/],
      [`${note}\0\n`, /control character/],
      [note.replace('\n', '\ud800\n'), /not UTF-8/],
      [`${note}${'x'.repeat(2 ** 17)}\n`, /longer than 131072/],
      [`${note}\n`, /no signature/],
      [note.replace('— ', '- '), /signature line/],
      [note.replace('— ', '—  '), /signature line|key name/],
      [note.replace('— ', ' — '), /signature line/],
      [note.replace(`${base64}\n`, `${base64} \n`), /signature line/],
      [note.replace(base64, ''), /base64/],
      [`${note}more\n`, /signature line/],
      [note.replace('— smertevejen', '— smerte+vejen'), /key name/],
      [note.replace('— smertevejen', '— smerte\u00a0vejen'), /key name/],
      [note.replace(base64, base64.slice(0, -1)), /base64/],
      [note.replace(base64, `${base64}=`), /base64/],
      [note.replace(base64, 'AAAAAA=='), /base64/],
      [note.replace(base64, `*${base64.slice(1)}`), /base64/],
      [note.replace(base64, base64.replace(/.=$/, 'B=')), /base64/],
    ];
    for (const [text, reason] of cases) refuses('malformed', text, new RegExp(`^malformed: .*(${reason.source})`));
    refuses(
      'badSignature',
      note.replace(base64, Buffer.from(base64, 'base64').subarray(0, 67).toString('base64')),
      /^bad signature/,
    );
  });
  it('whose text is malformed is refused with the reason, though its signature is good', () => {
    const root = checkpoint.root.toString('base64');
    const texts: [string, RegExp][] = [
      ['\n', /no origin/],
      [`\n1\n${root}\n`, /no origin/],
      [`${logName}\n`, /size in line 2/],
      [`${logName}\n1\n`, /root in line 3/],
      ...[
        '',
        '01',
        '00',
        '+1',
        '-1',
        '1.0',
        '1e3',
        '0x1',
        ' 1',
        '1 ',
        '١',
        '9007199254740992',
        '99999999999999999999',
      ].map((size): [string, RegExp] => [`${logName}\n${size}\n${root}\n`, /size in line 2/]),
      ...[
        '',
        root.slice(0, -1),
        `${root}=`,
        ` ${root}`,
        root.replace(/.=$/, '$'),
        Buffer.alloc(31).toString('base64'),
        Buffer.alloc(33).toString('base64'),
        checkpoint.root.toString('hex'),
        `${'A'.repeat(42)}B=`,
      ].map((wrong): [string, RegExp] => [`${logName}\n1\n${wrong}\n`, /root in line 3/]),
      [`${logName}\n1\n${root}\n\n`, /empty line/],
      [`${logName}\n1\n${root}\n\nmore\n`, /empty line/],
    ];
    for (const [text, reason] of texts)
      refuses('malformed', signNote(text, signer), new RegExp(`^malformed: .*${reason.source}`));
    assert.equal(readCheckpoint(signNote(`${logName}\n1\n${root}\nan extension\n`, signer), verifiers).size, 1);
  });
});

describe('a verifier key', () => {
  it('cut short or changed anywhere is refused', () => {
    const key = signer.verifierKey;
    for (let end = 0; end < key.length; end += 1)
      assert.throws(() => verifierOf(key.slice(0, end)), /^Error: verifier key "/);
    for (let at = 0; at < key.length; at += 1) {
      const other = key[at] === 'A' ? 'Q' : 'A';
      assert.throws(
        () => verifierOf(key.slice(0, at) + other + key.slice(at + 1)),
        /^Error: verifier key "/,
        `character ${at}`,
      );
    }
    for (const wrong of [`${key}\n`, ` ${key}`, key.replace('+', '+0'), key.replace('+', '++')])
      assert.throws(() => verifierOf(wrong), /^Error: verifier key "/);
  });
  it('of another algorithm or length is refused, also with its right key id', () => {
    const made = (name: string, bytes: Buffer) =>
      `${name}+${createHash('sha256').update(`${name}\n`).update(bytes).digest('hex').slice(0, 8)}+${bytes.toString('base64')}`;
    const raw = Buffer.alloc(32, 5);
    assert.equal(verifierOf(made('x', Buffer.concat([Buffer.of(1), raw]))).name, 'x');
    for (const bytes of [
      Buffer.concat([Buffer.of(2), raw]),
      Buffer.concat([Buffer.of(4), raw]),
      Buffer.concat([Buffer.of(1), raw, raw]),
      Buffer.of(1),
    ])
      assert.throws(() => verifierOf(made('x', bytes)), /not an Ed25519 key/);
  });
  it('is of an Ed25519 key with a name that fits in a line', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u2003b'])
      assert.throws(() => signerOf(name, privateKey), /^Error: key name/);
    assert.throws(() => signerOf('x', publicKey), /give an Ed25519 private key/);
    assert.throws(() => signerOf('x', generateKeyPairSync('x25519').privateKey), /give an Ed25519 private key/);
  });
});

describe('the key directory', () => {
  let base: string;
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'audit-keys-'));
  });
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const each of children) each.kill('SIGKILL');
    rmSync(base, { recursive: true, force: true });
  });
  const module = new URL('../../src/audit/tree/keys.js', import.meta.url).href;
  const child = (code: string) => {
    const started = spawn(
      process.execPath,
      ['--input-type=module', '-e', `import { openSigner } from ${JSON.stringify(module)};\n${code}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    children.push(started);
    return started;
  };
  const firstLine = async (stream: NodeJS.ReadableStream) => String((await once(stream, 'data'))[0]).trim();

  it('gets a key on first use, for its owner alone, and keeps it', () => {
    const dir = join(base, 'new', 'deep');
    const first = openSigner(dir, logName);
    assert.deepEqual([...readdirSync(dir)].sort(), [signingKeyFile, verifierKeyFile]);
    if (process.platform !== 'win32') assert.equal(statSync(join(dir, signingKeyFile)).mode & 0o777, 0o600);
    assert.match(readFileSync(join(dir, signingKeyFile), 'utf8'), /^-----BEGIN PRIVATE KEY-----\n/);
    assert.equal(readFileSync(join(dir, verifierKeyFile), 'utf8'), `${first.verifierKey}\n`);
    const changed = statSync(join(dir, verifierKeyFile)).mtimeMs;
    const again = openSigner(dir, logName);
    assert.equal(again.verifierKey, first.verifierKey);
    assert.equal(statSync(join(dir, verifierKeyFile)).mtimeMs, changed);
    for (const path of [dir, join(dir, verifierKeyFile)])
      assert.deepEqual(readCheckpoint(signCheckpoint(checkpoint, again), readVerifiers(path)), checkpoint);
  });
  it('keeps the verifier keys of earlier keys', () => {
    const dir = join(base, 'renewed');
    const early = signCheckpoint(checkpoint, openSigner(dir, logName));
    rmSync(join(dir, signingKeyFile));
    const late = signCheckpoint(checkpoint, openSigner(dir, logName));
    assert.notEqual(early, late);
    for (const text of [early, late]) assert.deepEqual(readCheckpoint(text, readVerifiers(dir)), checkpoint);
  });
  it('with half a key, no key or another kind of key is refused by name and left alone', () => {
    const dir = join(base, 'half');
    const path = join(dir, signingKeyFile);
    openSigner(dir, logName);
    const pem = readFileSync(path, 'utf8');
    for (const wrong of [
      '',
      pem.slice(0, 60),
      'no key',
      generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ]) {
      writeFileSync(path, wrong);
      assert.throws(
        () => openSigner(dir, logName),
        ({ message }: Error) =>
          message.startsWith(`${path} is not an Ed25519 private key in PEM. Put back a copy of it`),
      );
      assert.equal(readFileSync(path, 'utf8'), wrong);
    }
  });
  it('says which line of the verifier keys is wrong, and that there is none', () => {
    const path = join(base, 'keys.txt');
    writeFileSync(path, `\r\n${signer.verifierKey}\r\n\n${newSigner().verifierKey}`);
    assert.equal(readVerifiers(path).length, 2);
    writeFileSync(path, `${signer.verifierKey}\nno key\n`);
    assert.throws(() => readVerifiers(path), /keys\.txt, key 2: verifier key "no key": it is not name/);
    writeFileSync(path, '\n');
    assert.throws(() => readVerifiers(path), /keys\.txt: no verifier key is there/);
    assert.throws(() => readVerifiers(join(base, 'nowhere.txt')), /nowhere\.txt: no verifier key is there/);
  });
  it('holds a whole key or none when its maker is killed, and works afterwards', async () => {
    let halfway = 0;
    for (let round = 0; round < 6; round += 1) {
      const killed = join(base, `killed-${round}`);
      const maker = child(
        `for (let i = 0; ; i += 1) { openSigner(${JSON.stringify(killed)} + '/' + i, 'x'); if (i === 3) console.log('going'); }`,
      );
      await firstLine(maker.stdout);
      await new Promise((resolve) => setTimeout(resolve, round));
      maker.kill('SIGKILL');
      await once(maker, 'exit');
      for (const name of readdirSync(killed)) {
        const dir = join(killed, name);
        if (readdirSync(dir).join() !== [signingKeyFile, verifierKeyFile].join()) halfway += 1;
        const { verifierKey } = openSigner(dir, 'x');
        assert.equal(readFileSync(join(dir, verifierKeyFile), 'utf8'), `${verifierKey}\n`);
      }
    }
    assert.ok(halfway > 0, 'no kill came half-way');
  });
  it('gives processes that begin at once the same key', async () => {
    const raced = join(base, 'raced');
    const code = `console.log('ready');
      while (!existsSync(${JSON.stringify(join(base, 'go'))}));
      console.log(Array.from({ length: 20 }, (_, i) => openSigner(${JSON.stringify(raced)} + i, 'x').verifierKey).join());`;
    const makers = Array.from({ length: 3 }, () => child(`import { existsSync } from 'node:fs'; ${code}`));
    for (const { stdout } of makers) assert.equal(await firstLine(stdout), 'ready');
    const answers = makers.map(({ stdout }) => firstLine(stdout));
    writeFileSync(join(base, 'go'), '');
    const [keys, ...others] = await Promise.all(answers);
    for (const other of others) assert.equal(other, keys);
    for (const [i, key] of keys!.split(',').entries())
      assert.equal(readFileSync(join(`${raced}${i}`, verifierKeyFile), 'utf8'), `${key}\n`);
  });
});

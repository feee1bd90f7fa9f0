/** What each request to the inbox is answered. */
import type { IncomingMessage } from 'node:http';
import { text } from '../../machines/pathway/fields.js';
import { unitOf, units } from '../../machines/pathway/routes.js';
import { readBody } from '../../src/http/json-body.js';
import type { Answering } from './answering.js';
import { bytesOf, isFromHere, isHere, mediaOf, outcome, page, issue, type Reply } from './exchange.js';
import { modes, type Keep, type Message } from './keep.js';
import { messageId, readLetter } from './letter.js';
import { mayAnswer, messagePage, pathTo, refusalPage, unitPage, unitsPage, type View } from './page.js';
import { style } from './style.js';
import { words } from './words.js';

const limit = 256 * 1024;
const formLimit = 16 * 1024;
const reason = text(1_000);

export const unitCodes: readonly string[] = [...new Set(units.map(({ code }) => code))];
export type Desk = { keep: Keep; answering: Answering; now: () => string };

export class Routes {
  /** While a unit was out of order, since this start. */
  private readonly away = new Map<string, { count: number; last: string }>();
  constructor(private readonly desk: Desk) {}

  async answer(request: IncomingMessage): Promise<Reply> {
    if (!isHere(request))
      return {
        status: 421,
        type: 'text/plain; charset=utf-8',
        body: 'This is served under 127.0.0.1 and localhost alone.\n',
      };
    const address = request.url ?? '/';
    const url = new URL(URL.canParse(address, 'http://localhost') ? address : '/-', 'http://localhost');
    const view: View = {
      language: url.searchParams.get('lang') === 'en' ? 'en' : 'da',
      path: url.pathname,
      page: Math.max(1, Number(/^\d{1,6}$/.exec(url.searchParams.get('page') ?? '')?.[0] ?? 1)),
    };
    const method = request.method ?? '';
    const reading = method === 'GET' || method === 'HEAD';
    const [folder, unit = '', part, id = '', last] = url.pathname.split('/').slice(1);
    if (folder === 'units' && part === 'messages' && id === '' && last === undefined && !reading)
      return this.receive(request, unit);
    if (!reading && method !== 'POST')
      return issue(405, 'not-supported', 'Only GET and POST are answered here.', { allow: 'GET, HEAD, POST' });
    if (reading && url.pathname === '/')
      return page(
        unitsPage(
          view,
          unitCodes.map((code) => this.inboxOf(code)),
        ),
      );
    if (reading && url.pathname === '/style.css') return { status: 200, type: 'text/css; charset=utf-8', body: style };
    if (folder !== 'units' || !unitCodes.includes(unit)) return notFound(view);
    if (reading && part === undefined) return page(unitPage(view, this.inboxOf(unit), this.away.get(unit)));
    const message = part === 'messages' && messageId.test(id) ? this.desk.keep.message(unit, id) : undefined;
    if (reading && message && last === undefined) return page(await this.shown(view, message));
    const action = reading
      ? undefined
      : part === 'mode' && id === ''
        ? (form: URLSearchParams) => this.switch(view, unit, form)
        : message && last === 'answers'
          ? (form: URLSearchParams) => this.respond(view, message, form)
          : undefined;
    return action ? this.formOf(request, view, action) : notFound(view);
  }

  private inboxOf(unit: string) {
    return { unit, mode: this.desk.keep.modeOf(unit), messages: this.desk.keep.messages(unit) };
  }

  /** Answers as a receiving system would: a status, and a FHIR OperationOutcome that says what is wrong. */
  private async receive(request: IncomingMessage, unit: string): Promise<Reply> {
    if (request.method !== 'POST')
      return issue(405, 'not-supported', 'Send a message with POST.', { allow: 'GET, HEAD, POST' });
    const bytes = await bytesOf(request, limit);
    if (!unitOf(unit)) return issue(404, 'not-found', 'There is no such unit: the codes are those of GET /v1/units.');
    const { keep, answering, now } = this.desk;
    if (keep.modeOf(unit) === 'outOfOrder') {
      this.away.set(unit, { count: (this.away.get(unit)?.count ?? 0) + 1, last: now() });
      return issue(503, 'transient', "The unit's system is out of order. Send the message again later.");
    }
    if (bytes === undefined)
      return issue(413, 'too-long', 'The message is larger than 256 KiB: send less.', { connection: 'close' });
    if (mediaOf(request) !== 'application/fhir+json' || request.headers['content-encoding'] !== undefined)
      return issue(415, 'not-supported', 'Send the message as application/fhir+json, without Content-Encoding.');
    const body = readBody(bytes);
    if ('errors' in body)
      return outcome(
        400,
        'structure',
        body.errors.map(({ pointer, message }) => ({
          path: '',
          message: `${pointer === '' ? 'The body' : pointer} ${message}`,
        })),
      );
    const read = readLetter(body.value, unit);
    if ('faults' in read) return outcome(422, 'invalid', read.faults);
    const message = await keep.receive(unit, read.letter.id, now(), body.value);
    answering.consider(message);
    return issue(
      message.times === 1 ? 202 : 200,
      'informational',
      message.times === 1
        ? 'The message is kept; it is answered by an acknowledgment.'
        : 'The message was kept already, and is kept once.',
    );
  }

  private async formOf(
    request: IncomingMessage,
    view: View,
    action: (form: URLSearchParams) => Promise<Reply>,
  ): Promise<Reply> {
    if (!isFromHere(request)) return page(refusalPage(view, 'foreign'), 403);
    const bytes = await bytesOf(request, formLimit);
    if (bytes === undefined || mediaOf(request) !== 'application/x-www-form-urlencoded')
      return page(refusalPage(view, 'notUnderstood'), 400);
    return action(new URLSearchParams(bytes.toString('utf8')));
  }

  private async switch(view: View, unit: string, form: URLSearchParams): Promise<Reply> {
    const mode = modes.find((each) => each === form.get('mode'));
    if (!mode) return page(refusalPage(view, 'notUnderstood'), 400);
    await this.desk.keep.switched(unit, mode, this.desk.now());
    this.desk.answering.considerAll(this.desk.keep.messages(unit));
    return seeOther(view, pathTo(unit));
  }

  private async respond(view: View, message: Message, form: URLSearchParams): Promise<Reply> {
    const { keep, answering, now } = this.desk;
    const said = form.get('outcome');
    if (said !== 'accepted' && said !== 'rejected') return page(refusalPage(view, 'notUnderstood'), 400);
    if (!mayAnswer(message, keep.modeOf(message.unit))) return page(refusalPage(view, 'notNow'), 409);
    const why = reason.safeParse(form.get('reason') ?? '');
    if (said === 'rejected' && !why.success)
      return page(
        await this.shown({ ...view, path: pathTo(message.unit, 'messages', message.id) }, message, words.reasonMissing),
        422,
      );
    if (
      !(await keep.answered(
        message,
        said === 'accepted' ? { outcome: said } : { outcome: said, reason: why.data! },
        'person',
        now(),
      ))
    )
      return page(refusalPage(view, 'notNow'), 409);
    answering.consider(message, 0);
    return seeOther(view, pathTo(message.unit, 'messages', message.id));
  }

  private async shown(view: View, message: Message, fault?: (typeof words)['reasonMissing']): Promise<string> {
    const { keep, answering } = this.desk;
    const bundle = await keep.bundleOf(message);
    const read = readLetter(bundle, message.unit);
    if (!('letter' in read)) throw new Error('a kept message cannot be read');
    return messagePage(view, message, {
      letter: read.letter,
      bundle,
      mode: keep.modeOf(message.unit),
      failures: answering.failuresOf(message),
      fault,
    });
  }
}

const notFound = (view: View): Reply => page(refusalPage(view, 'notFound'), 404);
const seeOther = ({ language }: View, path: string): Reply => ({
  ...page(''),
  status: 303,
  headers: { location: `${path}?lang=${language}` },
});

/**
 * Preloaded (--import): this machine's wall clock is set now and then, by days or by years, forwards and backwards. Only `Date` feels it, as only the wall clock is set when somebody sets it.
 */
const RealDate = Date;
const day = 24 * 3_600_000;
const shifts = [0, -day, day, -3_653 * day, 3_653 * day] as const;
let shift = 0;
const now = (): number => RealDate.now() + shift;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, as) => Reflect.construct(target, values.length === 0 ? [now()] : values, as) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
});
setInterval(() => {
  shift = shifts[Math.floor(Math.random() * shifts.length)]!;
}, 200).unref();

/**
 * Jest gives each test file globals of its own, and what Node itself throws (a file that is not there, a refused connection) is an Error of
 * the others. In production there is only one kind.
 */
import { types } from 'node:util';

const inherits = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: ErrorConstructor, thrown: unknown): boolean {
    return inherits.call(this, thrown) || (this === Error && types.isNativeError(thrown));
  },
});

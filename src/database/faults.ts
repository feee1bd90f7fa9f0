/** What the database says when it refuses, by its codes: a unique key that is taken, or that it is not able to answer now. */
type PgError = Error & { code?: string; constraint?: string };

export const violates = (error: unknown, constraint: string): boolean =>
  error instanceof Error && (error as PgError).code === '23505' && (error as PgError).constraint === constraint;

/** Connections refused or ended, timeouts of statement and lock, shutdown, too many connections, serialization and deadlock. */
const passing = /^(08...|57P0.|57014|55P03|53...|40001|40P01|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/;
const unanswered =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|pool after calling end/;
export const isBusy = (error: unknown): boolean =>
  error instanceof Error && (passing.test((error as PgError).code ?? '') || unanswered.test(error.message));

/** The last line of a run, alone on its line, for whoever counts; and a test that did not run fails the run. */
import type { AggregatedResult, Reporter, TestContext } from '@jest/reporters';

export default class ClosingLine implements Reporter {
  private skipped = 0;

  onRunComplete(_: Set<TestContext>, results: AggregatedResult): void {
    this.skipped = results.numPendingTests + results.numTodoTests;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    console.log(
      `\n${results.numPassedTests} passed, ${failed} failed${this.skipped ? `, ${this.skipped} skipped` : ''}`,
    );
  }

  getLastError(): Error | undefined {
    return this.skipped ? new Error(`${this.skipped} tests did not run: a skip, an only or a todo`) : undefined;
  }
}

/** What the user did or has that cannot work, in one sentence with the remedy; printed without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

import type { Command } from 'commander';
import { registerOpenset } from './openset.js';
import { registerOwn, type GuestSource } from './own.js';
import { registerPairs } from './pairs.js';
import { registerProtocol } from './protocol.js';
import { registerSplit } from './split.js';

export type { GuestSource } from './own.js';

/**
 * `doorman evaluate …`: figures for everything that recognition claims.
 * @returns the command, for further forms (`liveness`) to be added.
 */
export function registerEvaluate(program: Command, guests: GuestSource): Command {
  const evaluate = program.command('evaluate').description('measure recognition on labelled faces or the guest book');
  registerSplit(evaluate);
  registerProtocol(evaluate);
  registerPairs(evaluate);
  registerOpenset(evaluate);
  registerOwn(evaluate, guests);
  return evaluate;
}

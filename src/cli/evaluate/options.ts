import { InvalidArgumentError, Option, type Command } from 'commander';
import { defaultCache, encoderNames, type EncoderName } from './chain.js';

/** Options that every form of `doorman evaluate` takes. */
export interface CommonOptions {
  readonly json?: string;
  readonly out?: string;
  readonly seed: number;
  readonly encoder: EncoderName;
  readonly cache: string;
  readonly population?: string;
}

/** A commander argument parser for 0, 1, 2, … */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('must be a whole number.');
  return value;
}

/** The same from 1 on: nothing comes of no draw. */
export function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('must be 1 or more.');
  return value;
}

/** Adds `--json`, `--out`, `--seed`, `--encoder`, `--cache` and `--population`. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the figures as JSON')
    .option('--out <folder>', 'write pictures and tables into this folder')
    .option('--seed <n>', 'seed of every random choice', wholeNumber, 1)
    .addOption(new Option('--encoder <name>', 'which encoder').choices(encoderNames).default('fusion'))
    .option('--cache <folder>', 'where embeddings are kept between runs', defaultCache)
    .option('--population <file>', 'statistics to use instead of the shipped ones');
}

#!/usr/bin/env node
import '../no-telemetry.js';
import { Command, CommanderError } from 'commander';
import { packageVersion } from '../package-root.js';
import { CliError } from './cli-error.js';
import { createContext } from './context.js';
import { registerAlign } from './align.js';
import { registerAudit } from './audit.js';
import { registerDoctor } from './doctor.js';
import { registerEnroll } from './enroll.js';
import { registerEvaluate } from './evaluate/index.js';
import { registerLiveness } from './evaluate/liveness.js';
import { registerExplain } from './explain.js';
import { registerExport } from './export.js';
import { registerForget } from './forget.js';
import { registerGuests } from './guests.js';
import { registerIdentify } from './identify.js';
import { registerImport } from './import.js';
import { registerPopulation } from './population.js';
import { openVision } from './setup.js';
import { registerTrain } from './train.js';
import { registerTune } from './tune.js';
import { registerTrainEncoder } from './train-encoder.js';
import { registerWatch } from './watch.js';

const program = new Command('doorman')
  .description('The doorbell that knows your guests. Everything stays on this machine.')
  .version(packageVersion)
  .showHelpAfterError('(see doorman --help)')
  .exitOverride();
const context = createContext(program, process.env);
const commands = [
  registerEnroll,
  registerGuests,
  registerForget,
  registerTrain,
  registerTune,
  registerIdentify,
  registerWatch,
  registerDoctor,
  registerExplain,
  registerAudit,
  registerExport,
  registerImport,
];
for (const register of commands) {
  register(program, context);
}
registerPopulation(program);
registerAlign(program);
registerTrainEncoder(program);
registerLiveness(
  registerEvaluate(program, async () => {
    const vision = await openVision(await context.setup());
    await vision.dispose();
    return context.withBook((book) => book.galleryFor(vision.encoder));
  }),
);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    console.error(message);
    if (!(error instanceof CliError) && process.env['DEBUG'] !== undefined) {
      console.error(stack);
    }
    process.exitCode = 1;
  }
}

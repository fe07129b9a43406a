import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { liveInTheHouse } from './house.js';
import { installOffline } from './install.js';
import { CAMERA, HOUSE, TwoNetworks } from './network.js';
import { sort, type Known, type Traffic } from './packets.js';

/** `npm run egress`: everything runs with one cable to a camera and a phone, and every packet is looked at. */
const program = new Command('npm run egress --')
  .description('Proves that nothing leaves the house. Linux, root, iproute2 and tcpdump are needed.')
  .option('--no-install', 'leave out the installation from npm’s cache')
  .option('--no-demo', 'leave out the demo')
  .option('--no-house', 'leave out the household')
  .option('--markdown <file>', 'write the summary there')
  .parse();

const options = program.opts<{ install: boolean; demo: boolean; house: boolean; markdown?: string }>();
const MARK = 'DOORMAN_IN_GARDEN';

if (process.env[MARK] === undefined) {
  let networks: TwoNetworks;
  try {
    networks = TwoNetworks.create();
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error);
    console.warn(`NOT TRIED: this machine does not permit networks of our own (${why}). Run it as root on Linux.`);
    process.exit(process.env.CI === undefined ? 0 : 1);
  }
  const code = TwoNetworks.runInGarden(MARK);
  networks.remove();
  process.exit(code);
}

const networks = TwoNetworks.existing();
const nothing: Known = { camera: 0, hap: [] };
const folder = await mkdtemp(join(tmpdir(), 'doorman-egress-'));
const sections: [title: string, traffic: Traffic[]][] = [];
try {
  sections.push(['A control: somebody does try to reach the world', await observed(control)]);
  if (sections[0]![1].every(({ expected }) => expected)) {
    throw new Error('The capture does not see what it must see; nothing is proven.');
  }
  if (options.install) {
    sections.push(['Installation, npm’s cache filled', await observed(() => installOffline(networks, folder))]);
  }
  if (options.demo) {
    const demo = ['npm', 'run', 'demo', '--', '--once'];
    sections.push(['npm run demo -- --once', await observed(() => networks.run(demo).then(() => nothing))]);
  }
  if (options.house) {
    sections.push([
      'Enrolment, training, a named visit, a snapshot, the settings page',
      await observed(() => liveInTheHouse(networks, folder)),
    ]);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const report = sections.map(([title, traffic]) => section(title, traffic)).join('\n');
console.log(report);
if (options.markdown !== undefined) {
  rmSync(options.markdown, { force: true });
  writeFileSync(options.markdown, report);
}
const leaks = sections.slice(1).flatMap(([, traffic]) => traffic.filter(({ expected }) => !expected));
console.log(leaks.length === 0 ? 'Nothing left the house.' : `${leaks.length} kinds of traffic left the house.`);
process.exit(leaks.length === 0 ? 0 : 1);

/** Runs something and gives what was on the network meanwhile. */
async function observed(work: () => Promise<Known>): Promise<Traffic[]> {
  const file = join(folder, 'packets.pcap');
  const capture = await networks.capture(file);
  try {
    const known = await work();
    return sort(await capture.end(), known);
  } finally {
    await capture.end();
    rmSync(file, { force: true });
  }
}

/** What must be seen, so that seeing nothing means something. */
async function control(): Promise<Known> {
  const attempt =
    "require('node:dns').lookup('doorman.example', () => {});" +
    "require('node:net').connect({ host: '192.0.2.1', port: 443, timeout: 500 }).on('error', () => {}).on('timeout', () => process.exit());";
  await networks.run([process.execPath, '-e', attempt]);
  return nothing;
}

function section(title: string, traffic: readonly Traffic[]): string {
  const rows = traffic.map(
    ({ what, packets, expected }) => `| ${what} | ${packets} | ${expected ? 'yes' : '**no**'} |`,
  );
  return [
    `### ${title}`,
    '',
    `House ${HOUSE}, camera and phone ${CAMERA}.`,
    '',
    '| to whom | packets | expected |',
    '| --- | --: | --- |',
    ...rows,
    '',
  ].join('\n');
}

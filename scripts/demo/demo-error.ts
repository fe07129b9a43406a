/** Why the demo cannot go on, in one sentence for the person who started it. */
export class DemoError extends Error {}

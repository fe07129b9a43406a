import { describe, expect, it } from '@jest/globals';
import { python } from '../support/python.js';

/** The trainer is Python; so are its tests: test/training/python. */
describe('the trainer', () => {
  it.each([
    ['its loss and its gradients', 'test_heads'],
    ['its parts', 'test_parts'],
    ['whole trainings: learning, killed and resumed, stopped, blown up', 'test_training'],
  ])(
    'passes its own tests: %s',
    async (_what, module) => {
      const told = await python('-m', 'unittest', '-v', module);
      expect(told).toMatch(/^Ran [1-9]\d* tests in .*\n\nOK\n/m);
    },
    600_000,
  );
});

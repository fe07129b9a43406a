// Runs in every test file (jest.config.mjs): whatever was logged there, no password of a camera or broker and no token
// stands in it.
import { afterAll, expect } from '@jest/globals';
import { telltales } from './secrets.js';

afterAll(() => {
  expect(telltales()).toEqual([]);
});

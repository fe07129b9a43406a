export { degradations, degradationVersion, degradedFrame } from '../../enrolment/degrade.js';

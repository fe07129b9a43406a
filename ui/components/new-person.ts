import { useState } from 'preact/hooks';
import { texts } from '../texts.js';
import { focusFirstFault } from './basic.js';
import { consentFaults, noConsent, type ConsentDraft, type ConsentFaults } from './consent.js';

interface Faults {
  readonly name?: string;
  readonly consent?: ConsentFaults;
}

export interface NewPerson {
  readonly name: string;
  readonly setName: (name: string) => void;
  readonly consent: ConsentDraft;
  readonly setConsent: (draft: ConsentDraft) => void;
  /** What the last check found wrong; goes away as it is put right. */
  readonly faults: Faults;
  /** Marks what is wrong and takes the focus there. @returns whether all is right */
  readonly check: () => boolean;
}

/** A form's draft of somebody new: nobody is enrolled without a name and a consent. */
export function useNewPerson(known = ''): NewPerson {
  const [name, setName] = useState(known);
  const [consent, setConsent] = useState(noConsent);
  const [faults, setFaults] = useState<Faults>({});
  const find = (): Faults => {
    const missing = consentFaults(consent);
    return {
      ...(name.trim() === '' && { name: texts.consent.nameMissing }),
      ...(missing !== undefined && { consent: missing }),
    };
  };
  return {
    name,
    setName: (to) => {
      setName(to);
      setFaults(({ consent: kept }) => (kept === undefined ? {} : { consent: kept }));
    },
    consent,
    setConsent: (to) => {
      setConsent(to);
      setFaults(({ name: kept }) => (kept === undefined ? {} : { name: kept }));
    },
    faults,
    check: () => {
      const found = find();
      setFaults(found);
      const right = found.name === undefined && found.consent === undefined;
      if (!right) {
        focusFirstFault();
      }
      return right;
    },
  };
}

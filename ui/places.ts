export const pageNames = ['doorbells', 'guests', 'enrol', 'visitors', 'accuracy', 'history', 'privacy'] as const;
export type PageName = (typeof pageNames)[number];

/** Where one is; `guest`: whose details are open, or who is being enrolled. */
export interface Place {
  readonly page: PageName;
  readonly guest?: string | undefined;
}

export type Go = (place: Place) => void;

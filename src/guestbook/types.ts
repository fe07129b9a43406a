import type { Embedding, EncoderId, GuestTemplates, Identification, LivenessPolicy } from '../types.js';
import type { LivenessVerdict, Point, Pose, Visit } from '../types.js';

/** A recorded yes to being recognised by face. */
export interface Consent {
  /** Who said yes: the guest, or for a child a parent. */
  readonly by: string;
  /** What was agreed to, in words. */
  readonly purpose: string;
  /** When, in ms since the epoch. */
  readonly at: number;
  /** Until when it holds, in ms since the epoch; absent: until it is withdrawn. */
  readonly until?: number;
}

/** A person who has agreed to be known at the door. */
export interface Guest {
  readonly id: string;
  readonly name: string;
  readonly relation?: string;
  readonly notes?: string;
  readonly consent: Consent;
  /** `expired`: the guest is not recognised until consent is renewed. */
  readonly consentState: 'valid' | 'expired';
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastSeenAt?: number;
  readonly templates: number;
  readonly crops: number;
}

export interface NewGuest {
  readonly name: string;
  readonly relation?: string;
  readonly notes?: string;
  /** Without it the guest is refused. */
  readonly consent: Consent;
}

export type GuestPatch = Partial<NewGuest>;

/** Where an enrolled face came from. */
export type FaceSource = 'photo' | 'video' | 'live' | 'inbox' | 'import';

/** An aligned picture of a face, kept so that it can be encoded again by a later encoder. */
export interface Crop {
  /** A whole JPEG or PNG. */
  readonly picture: Uint8Array;
  /** The alignment points in the picture's pixels, in the order of whoever made the crop. */
  readonly points: readonly Point[];
}

/** One face to be enrolled. */
export interface NewFace {
  readonly embedding: Embedding;
  readonly encoder: EncoderId;
  /** 0 … 1 */
  readonly quality: number;
  readonly pose?: Pose;
  readonly crop?: Crop;
  readonly source: FaceSource;
}

/** One enrolled face as lists show it: everything but the embedding and the picture. */
export interface FaceEntry {
  readonly id: string;
  readonly encoder: EncoderId;
  readonly quality: number;
  readonly pose?: Pose;
  readonly source: FaceSource;
  readonly addedAt: number;
  readonly hasCrop: boolean;
}

/** A guest left out of a gallery, and why. */
export interface SuspendedGuest {
  readonly id: string;
  readonly name: string;
  readonly reason: 'consent-expired' | 'other-encoder' | 'no-faces' | 'damaged';
}

export interface GalleryReport {
  readonly gallery: readonly GuestTemplates[];
  readonly suspended: readonly SuspendedGuest[];
}

/** What `decide` in visit/decision.ts was given, so that the decision can be replayed. */
export interface DecisionInputs {
  readonly identification: Identification;
  readonly liveness: LivenessVerdict;
  readonly policy: LivenessPolicy;
  /** ms since the first usable look. */
  readonly elapsed: number;
  readonly settled: boolean;
}

/** Why a visit was decided as it was. */
export interface DecisionReceipt {
  readonly inputs: DecisionInputs;
  /** What decided: the plugin's, encoder's, classifier's versions by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What a person said about a visit: who it really was; `null`: nobody known. */
export interface VisitLabel {
  readonly actualGuestId: string | null;
  readonly at: number;
}

/** A visit as it is kept. */
export interface StoredVisit extends Visit {
  readonly receipt?: DecisionReceipt;
  readonly label?: VisitLabel;
  readonly hasThumbnail: boolean;
}

export type NewVisit = Visit & { readonly receipt?: DecisionReceipt };

export interface VisitPage {
  /** Newest first. */
  readonly visits: readonly StoredVisit[];
  /** Hand this in as `before` for the next page; absent at the end. */
  readonly next?: string;
}

/** An unknown visitor's faces from one visit. */
export interface NewStranger {
  readonly visitId: string;
  readonly seenAt: number;
  readonly faces: readonly NewFace[];
}

/** Unknown visits that are taken for one person. */
export interface InboxCluster {
  readonly id: string;
  readonly visits: readonly { readonly visitId: string; readonly seenAt: number; readonly faces: number }[];
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
}

export interface InboxPage {
  /** Most recently seen first. */
  readonly clusters: readonly InboxCluster[];
  readonly next?: string;
}

export interface Retention {
  /** Visits older than this are removed; 0 keeps none. */
  readonly visitDays: number;
  /** Whether unknown visitors' faces and pictures are kept at all. */
  readonly inbox: boolean;
  readonly inboxDays: number;
  /** Whether guests' crops are kept. */
  readonly crops: boolean;
  readonly auditDays: number;
}

export const defaultRetention: Retention = { visitDays: 30, inbox: false, inboxDays: 7, crops: true, auditDays: 365 };

/** What the household has tuned, kept with the book so that it travels in an export. */
export interface BookSettings {
  /** Wanted upper bound of strangers' visits that are called a guest; overrides the configuration. */
  readonly falseAcceptRate?: number;
}

export interface AuditEntry {
  readonly sequence: number;
  readonly at: number;
  readonly action: AuditAction;
  /**
   * A random stand-in for the guest, or a visit's id. The stand-in is tied to the guest only in the guest's own
   * record: when that goes, nobody can tell any more whom the entry is about, and the chain stays whole.
   */
  readonly subject?: string;
  readonly count?: number;
  /** SHA-256 over the entry before and this one, hex. */
  readonly hash: string;
}

export type AuditAction =
  | 'book-created'
  | 'guest-added'
  | 'guest-changed'
  | 'consent-changed'
  | 'faces-added'
  | 'faces-removed'
  | 'faces-encoded-again'
  | 'guest-forgotten'
  | 'visit-recorded'
  | 'visit-labelled'
  | 'visit-removed'
  | 'stranger-kept'
  | 'inbox-assigned'
  | 'inbox-ignored'
  | 'settings-changed'
  | 'encoder-promoted'
  | 'encoder-stepped-back'
  | 'exported'
  | 'imported'
  | 'housekeeping'
  | 'socket-opened';

export interface AuditVerdict {
  readonly whole: boolean;
  readonly entries: number;
  /** Where the chain breaks, in words. */
  readonly fault?: string;
}

export interface HousekeepingReport {
  readonly at: number;
  readonly visitsRemoved: number;
  readonly strangersRemoved: number;
  readonly thumbnailsRemoved: number;
  readonly auditEntriesRemoved: number;
  readonly orphansRemoved: number;
  /** Damaged files that were restored from their second copy, and those that could not be. */
  readonly filesMended: number;
  readonly filesLost: number;
  /** Guests whose consent has run out. */
  readonly suspended: readonly string[];
}

export interface PrivacySummary {
  readonly guests: number;
  readonly templates: number;
  readonly crops: number;
  readonly visits: number;
  readonly thumbnails: number;
  readonly strangers: number;
  readonly auditEntries: number;
  readonly bytes: number;
  readonly retention: Retention;
  readonly keyOrigin: string;
  readonly lastHousekeepingAt?: number;
}

export interface ImportReport {
  readonly guestsAdded: number;
  readonly guestsMerged: number;
  readonly templates: number;
  readonly crops: number;
  /** What was left out, one sentence each with the remedy. */
  readonly refused: readonly string[];
}

/** What has changed in the book, so that others can follow. */
export type BookChange =
  /** Who can be recognised, and by what, is different now: send the gallery again. */
  | { readonly kind: 'gallery'; readonly guestId?: string }
  /** A guest was forgotten: throw away whatever was learnt from them. */
  | { readonly kind: 'forgotten'; readonly guestId: string }
  | { readonly kind: 'everything-forgotten' }
  | { readonly kind: 'guests' }
  | { readonly kind: 'visits'; readonly visitId?: string }
  | { readonly kind: 'inbox' }
  /** Another encoder is in force, or tuning has a new report. */
  | { readonly kind: 'tuning' }
  | { readonly kind: 'settings' };

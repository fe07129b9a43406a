import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asFault, askPicture, onChanged, type Fault } from '../link.js';
import type { PictureRequest } from '../../src/ui/messages.js';
import { texts } from '../texts.js';
import { FaultNotice } from './basic.js';

/** Something asked for: on its way, refused, or here. */
export type Loaded<T> =
  | { readonly state: 'asking' }
  | { readonly state: 'failed'; readonly fault: Fault }
  | { readonly state: 'here'; readonly value: T };

export type Reload = () => void;

/**
 * Asks for something, and again whenever `key` changes, `reload` is called or one of `kinds` changes in the plugin.
 * What was there before stays visible while it is asked again.
 */
export function useAnswer<T>(
  load: () => Promise<T>,
  key: string,
  kinds: readonly string[] = [],
): readonly [Loaded<T>, Reload] {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'asking' });
  const [turn, setTurn] = useState(0);
  const newest = useRef(load);
  newest.current = load;
  const reload = useCallback(() => setTurn((before) => before + 1), []);
  useEffect(() => setLoaded({ state: 'asking' }), [key]);
  useEffect(() => {
    let stale = false;
    newest.current().then(
      (value) => {
        if (!stale) {
          setLoaded({ state: 'here', value });
        }
      },
      (error: unknown) => {
        if (!stale) {
          setLoaded({ state: 'failed', fault: asFault(error) });
        }
      },
    );
    return () => void (stale = true);
  }, [key, turn]);
  const watched = [...kinds, 'plugin'].join(' ');
  useEffect(() => onChanged(watched.split(' '), reload), [watched, reload]);
  return [loaded, reload];
}

/** Shows what was asked for when it is here; meanwhile words, and never a wait without an end (see link.ts). */
export function Waiting<T>(props: {
  for: Loaded<T>;
  reload?: Reload;
  words?: string;
  children: (value: T) => ComponentChildren;
}): JSX.Element {
  const { for: loaded, reload, words = texts.common.asking, children } = props;
  switch (loaded.state) {
    case 'asking':
      return (
        <p class="text-body-secondary" role="status">
          {words}
        </p>
      );
    case 'failed':
      return <FaultNotice fault={loaded.fault} again={reload} />;
    case 'here':
      return <>{children(loaded.value)}</>;
  }
}

/** Pictures that were asked for lately; so many are remembered. */
const remembered = new Map<string, Promise<string | undefined>>();
const REMEMBERED = 200;
/** So many are asked for at once; the plugin serves others too. */
const AT_ONCE = 4;
let underWay = 0;
const queue: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (underWay >= AT_ONCE) {
    await new Promise<void>((resolve) => queue.push(resolve));
  }
  underWay++;
  try {
    return await work();
  } finally {
    underWay--;
    queue.shift()?.();
  }
}

function recall(wanted: PictureRequest): Promise<string | undefined> {
  const key = JSON.stringify(wanted);
  const known = remembered.get(key);
  if (known !== undefined) {
    return known;
  }
  const asked = inTurn(() => askPicture(wanted));
  remembered.set(key, asked);
  asked.catch(() => remembered.delete(key));
  if (remembered.size > REMEMBERED) {
    remembered.delete(remembered.keys().next().value!);
  }
  return asked;
}

/** A kept picture, asked for when it is shown; a plain square while it is on its way or when there is none. */
export function Picture(props: { of: PictureRequest; alt: string; class?: string }): JSX.Element {
  const { of, alt, class: extra = '' } = props;
  const [source, setSource] = useState<string>();
  const key = JSON.stringify(of);
  useEffect(() => {
    let stale = false;
    setSource(undefined);
    recall(of).then(
      (found) => {
        if (!stale) {
          setSource(found);
        }
      },
      () => undefined,
    );
    return () => void (stale = true);
  }, [key]);
  return source === undefined ? (
    <div
      class={`doorman-picture doorman-picture-none ${extra}`}
      role="img"
      aria-label={`${alt}: ${texts.common.noPicture}`}
    />
  ) : (
    <img class={`doorman-picture ${extra}`} src={source} alt={alt} />
  );
}

/** Walks through a list page by page. */
export function Pager(props: { page: number; pages: number; onPage: (page: number) => void }): JSX.Element | null {
  const { page, pages, onPage } = props;
  if (pages <= 1) {
    return null;
  }
  return (
    <nav class="d-flex align-items-center gap-3 my-3" aria-label={texts.guests.page(page, pages)}>
      <button type="button" class="btn btn-secondary btn-sm" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        {texts.guests.previous}
      </button>
      <span>{texts.guests.page(page, pages)}</span>
      <button type="button" class="btn btn-secondary btn-sm" disabled={page >= pages} onClick={() => onPage(page + 1)}>
        {texts.guests.next}
      </button>
    </nav>
  );
}

import { render, type JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import './style.css';
import { PluginState } from './components/plugin-state.js';
import { Accuracy } from './pages/accuracy.js';
import { Doorbells } from './pages/doorbells.js';
import { Enrol } from './pages/enrol.js';
import { Guests } from './pages/guests.js';
import { History } from './pages/history.js';
import { Privacy } from './pages/privacy.js';
import { Visitors } from './pages/visitors.js';
import type { Go, Place } from './places.js';
import { pageNames } from './places.js';
import { followTheme } from './theme.js';
import { texts } from './texts.js';

function Page({ place, go }: { place: Place; go: Go }): JSX.Element {
  switch (place.page) {
    case 'doorbells':
      return <Doorbells />;
    case 'guests':
      return <Guests go={go} open={place.guest} />;
    case 'enrol':
      return <Enrol go={go} guest={place.guest} />;
    case 'visitors':
      return <Visitors go={go} />;
    case 'accuracy':
      return <Accuracy />;
    case 'history':
      return <History go={go} />;
    case 'privacy':
      return <Privacy />;
  }
}

function App(): JSX.Element {
  const [place, setPlace] = useState<Place>({ page: 'guests' });
  /** Counts, so that a page is begun anew when one goes to it once more. */
  const [turn, setTurn] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = useRef(false);
  const go: Go = (next) => {
    moved.current = true;
    setPlace(next);
    setTurn((before) => before + 1);
  };
  useEffect(() => {
    if (moved.current) {
      heading.current?.focus();
    }
  }, [place]);
  return (
    <>
      <nav class="doorman-pages nav nav-pills" aria-label={texts.navigation}>
        {pageNames.map((page) => (
          <button
            key={page}
            type="button"
            class={`nav-link${place.page === page ? ' active' : ''}`}
            aria-current={place.page === page ? 'page' : undefined}
            onClick={() => go({ page })}
          >
            {texts.pages[page]}
          </button>
        ))}
      </nav>
      <main>
        <h1 class="h3 mt-3 mb-2" tabIndex={-1} ref={heading}>
          {texts.pages[place.page]}
        </h1>
        <PluginState page={place.page} go={go} />
        <Page key={turn} place={place} go={go} />
      </main>
    </>
  );
}

const root = document.getElementById('doorman');
if (root !== null) {
  root.replaceChildren();
  document.documentElement.lang = 'en';
  render(<App />, root);
  followTheme(root);
}

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
import { chooseLetters } from './contrast.js';
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
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = useRef(false);
  const go: Go = (next) => {
    moved.current = true;
    setPlace(next);
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
        <h1 class="h4 mt-3" tabIndex={-1} ref={heading}>
          {texts.pages[place.page]}
        </h1>
        <PluginState page={place.page} go={go} />
        <Page key={JSON.stringify(place)} place={place} go={go} />
      </main>
    </>
  );
}

const root = document.getElementById('doorman');
if (root !== null) {
  root.replaceChildren();
  document.documentElement.lang = 'en';
  render(<App />, root);
  window.homebridge.addEventListener('ready', () => chooseLetters(root));
}

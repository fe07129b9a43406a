/** The numbers of a computed CSS colour: red, green, blue 0 … 255 and perhaps the opacity. */
const channelsOf = (colour: string): number[] => colour.match(/[\d.]+/g)?.map(Number) ?? [];

/** Relative luminance of an sRGB colour (WCAG 2.2), 0 … 1. @param channels 0 … 255 */
function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** White and black letters are equally readable on this luminance. */
const MIDDLE = 0.179;

const isLight = (colour: string): boolean => luminance(channelsOf(colour).slice(0, 3)) > MIDDLE;

/** What Homebridge paints this page's frame with when it opens it. */
const grounds = { dark: { ground: '#242424', letters: '#fff' }, light: { ground: '#fff', letters: '#000' } } as const;

/** Follows Homebridge's theme, now and whenever its page changes the classes of ours. */
export function followTheme(root: HTMLElement): void {
  const follow = (): void => takeOver(root);
  follow();
  window.homebridge.addEventListener('ready', follow);
  new MutationObserver(follow).observe(document.body, { attributeFilter: ['class'] });
}

/**
 * Takes over the colour of the theme's main button, with letters that can be read on it (the themes are anything from
 * yellow to purple, with white letters on all of them), and whether it is dark. Homebridge tells of a change from
 * light to dark, but paints the frame only when it opens it.
 */
function takeOver(root: HTMLElement): void {
  const { body } = document;
  const sample = document.createElement('button');
  sample.className = 'btn btn-primary';
  // Colours fade in: without this the first would be read half way.
  sample.style.transition = 'none';
  root.append(sample);
  const primary = getComputedStyle(sample).backgroundColor;
  sample.remove();
  root.style.setProperty('--doorman-primary', primary);
  root.style.setProperty('--doorman-on-primary', isLight(primary) ? '#000' : '#fff');
  const dark = body.classList.contains('dark-mode');
  root.classList.toggle('doorman-dark', dark);
  if (isLight(getComputedStyle(body).color) !== dark) {
    const { ground, letters } = grounds[dark ? 'dark' : 'light'];
    body.style.setProperty('background-color', ground, 'important');
    body.style.setProperty('color', letters, 'important');
  }
}

/** Relative luminance of an sRGB colour (WCAG 2.2), 0 … 1. @param channels 0 … 255 */
function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * Homebridge's themes paint the main button in anything from yellow to purple, with white letters on all of them.
 * Ours get the letters that can be read on the colour in force.
 */
export function chooseLetters(root: HTMLElement): void {
  const sample = document.createElement('button');
  sample.className = 'btn btn-primary';
  root.append(sample);
  const channels =
    getComputedStyle(sample)
      .backgroundColor.match(/[\d.]+/g)
      ?.slice(0, 3)
      .map(Number) ?? [];
  sample.remove();
  // White and black are equally readable on a luminance of 0.179.
  root.style.setProperty('--doorman-on-primary', luminance(channels) > 0.179 ? '#000' : '#fff');
}

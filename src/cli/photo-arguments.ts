import { CliError } from './cli-error.js';

/**
 * Photos come from files: nothing is ever fetched.
 * @throws CliError for an address, with what to do instead.
 */
export function refuseAddresses(files: readonly string[]): void {
  for (const file of files) {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(file)?.[1]?.toLowerCase();
    if (scheme === undefined) continue;
    const article = /^[aehio]/.test(scheme) ? 'an' : 'a';
    throw new CliError(
      scheme === 'rtsp' || scheme === 'rtsps'
        ? 'A camera’s address is no photo; `doorman watch ADDRESS` says who stands before a camera.'
        : `Doorman fetches nothing from the network, so ${article} ${scheme} address cannot be read; ` +
            'save the picture and give its file.',
    );
  }
}

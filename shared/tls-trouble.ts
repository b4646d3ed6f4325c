import { errorCode, errorMessage } from './errors.ts';
import type { SettingNames, TlsSettings } from './server-address.ts';

/** What is wrong with TLS, and whose fault it is. */
export interface TlsTrouble {
  /** `server`: it cannot be trusted; `client`: the server does not let us in; `protocol`: they do not understand one another. */
  readonly with: 'server' | 'client' | 'protocol';
  readonly text: string;
}

/** Node's codes for a certificate that is signed by somebody whom we do not know. */
const UNKNOWN_SIGNER =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA|CERT_SIGNATURE_FAILURE|ERROR_IN_CERT)/;

/** And others that are about certificates. */
const BAD_CERTIFICATE =
  /^(?:CERT_|CRL_|INVALID_|HOSTNAME_MISMATCH|PATH_LENGTH|ERROR_IN_|ERR_TLS_CERT|ERR_SSL_(?:EE|CA)_KEY_TOO_SMALL)/;

/** What OpenSSL says when the other side tells why it ends. */
const ALERT = /alert ([a-z ]+)/;
const ABOUT_CERTIFICATE =
  /certificate|unknown ca|access denied|decrypt error|handshake failure|bad certificate/;

/** What an error says about TLS; undefined for one that has nothing to do with it. */
export function tlsTrouble(
  error: unknown,
  host: string,
  settings: TlsSettings,
  names: SettingNames,
): TlsTrouble | undefined {
  const code = errorCode(error) ?? '';
  const said = errorMessage(error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return { with: 'server', text: aboutName(error, host, settings, names) };
  if (UNKNOWN_SIGNER.test(code)) return { with: 'server', text: aboutSigner(said, settings, names) };
  if (code === 'CERT_HAS_EXPIRED')
    return {
      with: 'server',
      text: `its certificate, or that of its authority, has expired: renew it (${said})`,
    };
  if (code === 'CERT_NOT_YET_VALID')
    return {
      with: 'server',
      text: `its certificate is not valid yet: see to the clocks of both machines (${said})`,
    };
  if (BAD_CERTIFICATE.test(code))
    return { with: 'server', text: `its certificate cannot be used (${said}, ${code})` };
  if (!/^(?:EPROTO|ERR_SSL_)/.test(code)) return undefined;
  const alert = ALERT.exec(said)?.[1]?.trim();
  if (alert === undefined)
    return {
      with: 'protocol',
      text: `what listens there does not speak TLS: set ${names.tlsOff}, or correct the address (${reasonOf(said)})`,
    };
  if (!ABOUT_CERTIFICATE.test(alert)) return { with: 'protocol', text: `it ended TLS with "${alert}"` };
  const text =
    settings.cert === undefined
      ? `wants a certificate of its clients: set ${names.cert} and ${names.key}`
      : `does not accept the certificate in ${names.cert}: an authority that it trusts has to have signed it`;
  return { with: 'client', text: `${text} (${alert})` };
}

function aboutName(error: unknown, host: string, { servername }: TlsSettings, names: SettingNames): string {
  const { cert } = error as { cert?: { subjectaltname?: string; subject?: { CN?: string } } };
  const its = cert?.subjectaltname ?? cert?.subject?.CN ?? 'another name';
  const what = `its certificate is for ${its}, not for ${servername ?? host}`;
  return servername === undefined
    ? `${what}: correct ${names.host}, or set ${names.servername} to the name that it has to be for`
    : `${what}: correct ${names.servername}, or the address`;
}

function aboutSigner(said: string, { ca }: TlsSettings, names: SettingNames): string {
  return ca === undefined
    ? `no authority that Node.js knows has signed its certificate: name the file with the server's authority in ${names.ca} (${said})`
    : `no authority in ${names.ca} has signed its certificate: correct ${names.ca}, or the address (${said})`;
}

/** Of OpenSSL's `...:SSL routines:ssl3_get_record:wrong version number:../file.c:350:` what people understand. */
function reasonOf(said: string): string {
  return /:SSL routines:[^:]*:([^:]+)/.exec(said)?.[1] ?? said.trim();
}

/** Security keys and passkeys: JSON to and from what the browser's API wants (WebAuthn level 3 has it built in; older browsers get it here). */
type Json = Record<string, unknown>;

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer: ArrayBuffer | null): string | null =>
  buffer === null ? null : btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** No browser makes or uses a key for an IP address (WebAuthn 5.1.3, step 7), which is where a laptop's panel is. */
const AT_A_NUMBER = /^[\d.]+$|^\[/;
export const supported = (): boolean => typeof PublicKeyCredential === "function" && isSecureContext && !AT_A_NUMBER.test(location.hostname);
/** Where the same panel can use keys; empty where there is no such place. */
export const elsewhere = (): string => (["127.0.0.1", "[::1]"].includes(location.hostname) ? location.href.replace(location.hostname, "localhost").replace(/#.*/, "") : "");

interface Described {
  id: string;
  type: PublicKeyCredentialType;
}

function described(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list ?? []) as Described[]).map((each) => ({ ...each, id: bytes(each.id) }));
}

export async function prove(options: Json): Promise<Json> {
  const publicKey = { ...options, challenge: bytes(String(options["challenge"])), allowCredentials: described(options["allowCredentials"]) } as PublicKeyCredentialRequestOptions;
  const found = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const answer = found.response as AuthenticatorAssertionResponse;
  return {
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    authenticatorAttachment: found.authenticatorAttachment,
    clientExtensionResults: {},
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: text(answer.userHandle),
    },
  };
}

export async function make(options: Json): Promise<Json> {
  const user = options["user"] as { id: string };
  const publicKey = {
    ...options,
    challenge: bytes(String(options["challenge"])),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: described(options["excludeCredentials"]),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const answer = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    authenticatorAttachment: made.authenticatorAttachment,
    clientExtensionResults: {},
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      attestationObject: text(answer.attestationObject),
      transports: answer.getTransports?.() ?? [],
    },
  };
}

/** A QR code (ISO/IEC 18004), drawn as one path. It is black on white in both themes: cameras want it so. Loaded when one is shown. */
import { encode } from "uqr";

/** White modules around it, as the standard asks for. */
const QUIET = 4;

export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = encode(text, { ecc: "M", border: QUIET }).data;
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${rows.length} ${rows.length}`} shape-rendering="crispEdges">
      <path fill="#fff" d={`M0 0h${rows.length}v${rows.length}H0z`} />
      <path fill="#000" d={path} />
    </svg>
  );
}

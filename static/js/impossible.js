// @ts-check
/** A link with values that the server refuses: each of them alone is left out, or one would cost the rest of the link. */

const MOST_REFUSED = 6;

/** A spec without one of its fields, named as in "network.layers[1].units": of a list, the whole list goes. */
export function withoutField(spec, path) {
  const [key, ...rest] = path.replace(/\[.*/, "").split(".");
  if (!(key in spec)) return spec;
  const { [key]: part, ...others } = spec;
  if (!rest.length || part === null || typeof part !== "object" || Array.isArray(part)) return others;
  return { ...others, [key]: withoutField(part, rest.join(".")) };
}

/**
 * @param {any} answer  that refuses the spec
 * @param {any} spec
 * @param {(spec: any) => Promise<any>} post
 * @returns {Promise<{answer: any, refused: any[]}>}  the answer to what is left, and why the rest was refused
 */
export async function withoutImpossible(answer, spec, post) {
  const refused = [];
  while (answer.status === 422) {
    const { error } = answer.body;
    refused.push(error);
    const shorter = error.field && refused.length < MOST_REFUSED ? withoutField(spec, error.field) : null;
    spec = shorter && JSON.stringify(shorter) !== JSON.stringify(spec) ? shorter : {};
    answer = await post(spec);
    if (Object.keys(spec).length === 0) break;
  }
  return { answer, refused };
}

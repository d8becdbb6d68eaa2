// @ts-check
/** An answer that comes as lines of JSON while it is computed. */

/** Its values, each as it arrives. @param {Response} response @returns {AsyncGenerator<any>} */
export async function* readLines(response) {
  const reader = /** @type {ReadableStream} */ (response.body).pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part) yield JSON.parse(part);
  }
  if (rest) yield JSON.parse(rest);
}

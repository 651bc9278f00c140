/** What somebody probably meant. */

/** Characters of a word that is compared: it takes time in the product of both lengths. */
const LONGEST = 256;

/** The known word nearest to one that is not known, if it is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  let found: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    if (far >= least || far > 1 + Math.floor(candidate.length / 4)) continue;
    found = candidate;
    least = far;
  }
  return found;
}

/** Optimal string alignment: characters that are inserted, left out, replaced, or swapped with the next one. */
function distance(left: string, right: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const same = left[i - 1] === right[j - 1];
      const at = (list: number[], place: number) => list[place] ?? Number.POSITIVE_INFINITY;
      let cost = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      if (swapped) cost = Math.min(cost, at(twoAbove, j - 2) + 1);
      row.push(cost);
    }
    [twoAbove, above] = [above, row];
  }
  return above[right.length] ?? 0;
}

import type { Random } from './core.ts'

/** Letters and digits that can't be taken for each other, nor form words: upstream's `apimachinery/pkg/util/rand`. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const LONGEST_NAME = 63
const SUFFIX = 5

/** `kubia-` becomes `kubia-x7k2p`. A long base is cut, as upstream's `names.SimpleNameGenerator` does. */
export function generateName(base: string, random: Random): string {
  const suffix = Array.from({ length: SUFFIX }, () => ALPHABET[random.below(ALPHABET.length)]).join('')
  return base.slice(0, LONGEST_NAME - SUFFIX) + suffix
}

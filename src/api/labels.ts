import type { LabelSelector } from './generated/types.gen.ts'

/**
 * The text form of a label selector object, as `-l` takes it: `app=web,tier in (a,b),!old`. Empty when it selects
 * everything. As upstream's `LabelSelectorAsSelector(…).String()`.
 */
export function selectorText(selector: LabelSelector | undefined): string {
  const equalities = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }))
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({
    key,
    text: expressionText(key, operator, values),
  }))
  return [...equalities, ...expressions]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',')
}

function expressionText(key: string, operator: string, values: readonly string[]): string {
  const list = `(${[...values].sort().join(',')})`
  if (operator === 'In') return `${key} in ${list}`
  if (operator === 'NotIn') return `${key} notin ${list}`
  return operator === 'DoesNotExist' ? `!${key}` : key
}

/** For columns: `<none>` selects nothing or everything. As upstream's `FormatLabelSelector`. */
export const formatSelector = (selector: LabelSelector | undefined): string => selectorText(selector) || '<none>'

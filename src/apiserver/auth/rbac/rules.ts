import type { PolicyRule } from '../../../api/index.ts'
import type { Attributes } from '../authorize.ts'

/** Whether one rule of a role allows this. As upstream's `rbac.RuleAllows`. */
export function allows(rule: PolicyRule, { verb, resource, path }: Attributes): boolean {
  if (!has(rule.verbs, verb)) return false
  if (!resource) return (rule.nonResourceURLs ?? []).some((url) => urlCovers(url, path))
  const { group, plural, subresource, name } = resource
  const names = rule.resourceNames ?? []
  if (!has(rule.apiGroups, group) || (names.length > 0 && !names.includes(name))) return false
  return (rule.resources ?? []).some((allowed) => resourceCovers(allowed, plural, subresource))
}

const has = (allowed: readonly string[] = [], wanted: string): boolean => allowed.includes('*') || allowed.includes(wanted)

/** `pods/log`, `*`, or any resource's scale: `*\/scale`. */
function resourceCovers(allowed: string, plural: string, subresource: string): boolean {
  if (allowed === '*' || allowed === (subresource ? `${plural}/${subresource}` : plural)) return true
  return subresource !== '' && allowed === `*/${subresource}`
}

const urlCovers = (allowed: string, path: string): boolean =>
  allowed === '*' || allowed === path || (allowed.endsWith('*') && path.startsWith(allowed.slice(0, -1)))

/** The parts of the wanted rules that nobody who has these rules may do. As upstream's `validation.Covers`. */
export const beyond = (owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] =>
  wanted.flatMap(parts).filter((part) => !owned.some((rule) => includesPart(rule, part)))

/** A rule as many that say one thing each. */
function parts({ verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule): PolicyRule[] {
  const names = resourceNames.length > 0 ? resourceNames.map((name) => ({ resourceNames: [name] })) : [{}]
  return verbs.flatMap((verb) => [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        names.map((name) => ({ apiGroups: [group], resources: [resource], ...name, verbs: [verb] })),
      ),
    ),
    ...nonResourceURLs.map((url) => ({ nonResourceURLs: [url], verbs: [verb] })),
  ])
}

function includesPart(rule: PolicyRule, part: PolicyRule): boolean {
  if (!has(rule.verbs, part.verbs[0] ?? '')) return false
  const [url] = part.nonResourceURLs ?? []
  if (url !== undefined) return (rule.nonResourceURLs ?? []).some((allowed) => urlCovers(allowed, url))
  const [plural = '', subresource = ''] = (part.resources?.[0] ?? '').split('/')
  const names = rule.resourceNames ?? []
  if (names.length > 0 && !names.includes(part.resourceNames?.[0] ?? '')) return false
  if (!has(rule.apiGroups, part.apiGroups?.[0] ?? '')) return false
  return (rule.resources ?? []).some((allowed) => resourceCovers(allowed, plural, subresource))
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`, as upstream prints a rule. */
export function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const fields = { APIGroups: apiGroups, Resources: resources, NonResourceURLs: nonResourceURLs, ResourceNames: resourceNames, Verbs: verbs } // prettier-ignore
  const said = Object.entries(fields).filter(([, values]) => values && values.length > 0)
  return `{${said.map(([name, values]) => `${name}:[${(values ?? []).map((value) => JSON.stringify(value)).join(' ')}]`).join(', ')}}`
}

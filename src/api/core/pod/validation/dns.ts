import { invalid, invalids, required } from '../../../field.ts'
import type { HostAlias, PodSpec } from '../../../generated/types.gen.ts'
import { validateIP } from '../../../ip.ts'
import type { FieldError } from '../../../kind.ts'
import { dns1123Subdomain, searchDomain } from '../../../names.ts'

/** As the resolver has it: glibc reads no more of each. */
const MOST_NAMESERVERS = 3
const MOST_SEARCHES = 32
const MOST_CHARACTERS = 2048

/** As upstream's `validatePodDNSConfig`. */
export function validateDns(field: string, { dnsPolicy, dnsConfig }: PodSpec): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {}
  if (dnsPolicy === 'None' && !dnsConfig) return [required(field, 'must provide `dnsConfig` when `dnsPolicy` is None')]
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    return [required(`${field}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
  }
  const found: FieldError[] = []
  if (nameservers.length > MOST_NAMESERVERS) {
    found.push(invalid(`${field}.nameservers`, nameservers, `must not have more than ${MOST_NAMESERVERS} nameservers`))
  }
  for (const [index, ip] of nameservers.entries()) found.push(...validateIP(`${field}.nameservers[${index}]`, ip))
  found.push(...validateSearches(`${field}.searches`, searches))
  for (const [index, option] of options.entries()) {
    if (!option.name) found.push(required(`${field}.options[${index}]`, 'must not be empty'))
  }
  return found
}

function validateSearches(field: string, searches: readonly string[]): FieldError[] {
  const found: FieldError[] = []
  if (searches.length > MOST_SEARCHES) {
    found.push(invalid(field, searches, `must not have more than ${MOST_SEARCHES} search paths`))
  }
  if (searches.join(' ').length > MOST_CHARACTERS) {
    const rule = `must not have more than ${MOST_CHARACTERS} characters (including spaces) in the search list`
    found.push(invalid(field, searches, rule))
  }
  for (const [index, search] of searches.entries()) {
    const domain = search.replace(/\.$/, '')
    if (search !== '.') found.push(...invalids(`${field}[${index}]`, domain, searchDomain(domain)))
  }
  return found
}

/** As upstream's `ValidateHostAliases`. */
export const validateHostAliases = (field: string, aliases: readonly HostAlias[]): FieldError[] =>
  aliases.flatMap(({ ip, hostnames = [] }, index) => [
    ...validateIP(`${field}[${index}].ip`, ip ?? ''),
    ...hostnames.flatMap((name, place) => invalids(`${field}[${index}].hostnames[${place}]`, name, dns1123Subdomain(name))),
  ])

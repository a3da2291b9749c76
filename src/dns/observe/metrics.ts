import { rcodeName, typeName } from '../../wire/index.ts'
import type { ForwarderFigures } from '../forward/figures.ts'
import type { Histogram } from './histogram.ts'
import type { Tally } from './tally.ts'

type Labels = Readonly<Record<string, string | number>>

/** One figure of a metric. */
interface Sample {
  readonly labels: Labels
  readonly value: number
  /** Where it isn't the metric's own: that of a histogram's parts. */
  readonly metricName?: string
}

/** A metric with everything that has been counted, in the form in which prom-client prints it. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly values: readonly Sample[]
}

export interface Observed {
  /** Where questions are answered: `dns://192.168.1.2:53`. */
  readonly server: string
  readonly version: string
  readonly tally: Tally
  readonly forwarder: ForwarderFigures
  /** Lines of fixed hosts. */
  readonly hosts: number
}

/** The types that have a name of their own in metrics; the rest is `other` (CoreDNS, plugin/metrics). */
const TYPES = new Set('AAAA A CNAME DNSKEY DS MX NSEC3 NSEC NS PTR RRSIG SOA SRV TXT HTTPS ANY AXFR IXFR'.split(' '))
/** The one zone that CoreDNS's usual configuration has. */
const ZONE = '.'

/** What a server has done, under the names and labels that CoreDNS's dashboards ask for. */
export const metricsOf = (observed: Observed): Metric[] => [...serverMetrics(observed), ...otherMetrics(observed)]

function serverMetrics({ server, version, tally }: Observed): Metric[] {
  const common = { server, zone: ZONE, view: '' }
  const sizes = (name: string, help: string, { udp, tcp }: Tally['sent']): Metric =>
    histogram(name, help, [[{ ...common, proto: 'udp' }, udp], [{ ...common, proto: 'tcp' }, tcp]]) // prettier-ignore
  const requests = Map.groupBy(tally.requests(), ({ type, transport, family }) => `${typeLabel(type)} ${transport} ${family}`)
  return [
    gauge('coredns_build_info', 'What answers here.', [[{ version, revision: '', goversion: '' }, 1]]),
    counter(
      'coredns_dns_requests_total',
      'Questions by protocol, address family and type.',
      [...requests.values()].map((some) => {
        const { type, transport: proto, family } = some[0]!
        return [{ ...common, proto, family, type: typeLabel(type) }, some.reduce((sum, { count }) => sum + count, 0)]
      }),
    ),
    counter('coredns_dns_do_requests_total', 'Questions with the DO bit.', [[common, tally.dnssecOk]]),
    histogram('coredns_dns_request_duration_seconds', 'From a question to its answer.', [[common, tally.durations]]),
    sizes('coredns_dns_request_size_bytes', 'Bytes of questions.', tally.received),
    sizes('coredns_dns_response_size_bytes', 'Bytes of answers.', tally.sent),
    counter(
      'coredns_dns_responses_total',
      'Answers by code and by who gave them.',
      tally.responses().map(({ rcode, forwarded, count }) => {
        return [{ ...common, rcode: rcodeName(rcode), plugin: forwarded ? 'forward' : 'kubernetes' }, count]
      }),
    ),
    counter('portolan_dns_malformed_total', 'Messages that no question could be read from.', [[{ server }, tally.malformed]]),
    counter('coredns_autopath_success_total', 'Names found further along the search path.', [[{ server }, tally.autopath]]),
  ]
}

function otherMetrics({ server, forwarder, hosts }: Observed): Metric[] {
  const common = { server, zones: ZONE, view: '' }
  const { cache, rejects, broken, upstreams } = forwarder
  const typed = (of: { success: number; denial: number }): [Labels, number][] => [
    [{ ...common, type: 'success' }, of.success],
    [{ ...common, type: 'denial' }, of.denial],
  ]
  const failures = upstreams.map(({ to, failures: count }): [Labels, number] => [{ proxy_name: 'forward', to }, count])
  const durations = upstreams.flatMap(({ to, byCode }) =>
    [...byCode].map(([rcode, times]): [Labels, Histogram] => [{ proxy_name: 'forward', to, rcode: rcodeName(rcode) }, times]),
  )
  return [
    gauge('coredns_cache_entries', 'Answers of others that are kept.', typed(cache.entries())),
    counter('coredns_cache_requests_total', 'Questions that the cache was asked.', [[common, cache.requests]]),
    counter('coredns_cache_hits_total', 'Questions that the cache answered.', typed(cache.hits)),
    counter('coredns_cache_misses_total', 'Questions that others had to be asked.', [[common, cache.misses]]),
    counter('coredns_cache_evictions_total', 'Answers that others needed the room of.', typed(cache.evictions)),
    counter('coredns_cache_prefetch_total', 'Answers that were asked for anew before they ran out.', [
      [common, cache.prefetches],
    ]),
    counter('coredns_forward_max_concurrent_rejects_total', 'Questions beyond those waited for at once.', [[{}, rejects]]),
    counter('coredns_forward_healthcheck_broken_total', 'Questions for which every server was distrusted.', [[{}, broken]]),
    counter('coredns_proxy_healthcheck_failures_total', 'Times that a server was silent.', failures),
    histogram('coredns_proxy_request_duration_seconds', 'Time that a server took.', durations),
    gauge('coredns_hosts_entries', 'Lines of fixed hosts.', [[{}, hosts]]),
  ]
}

const typeLabel = (type: number): string => (TYPES.has(typeName(type)) ? typeName(type) : 'other')

const plain = (samples: readonly (readonly [Labels, number])[]): Sample[] => samples.map(([labels, value]) => ({ labels, value }))

const counter = (name: string, help: string, samples: readonly (readonly [Labels, number])[]): Metric => ({
  name,
  help,
  type: 'counter',
  values: plain(samples),
})

const gauge = (name: string, help: string, samples: readonly (readonly [Labels, number])[]): Metric => ({
  name,
  help,
  type: 'gauge',
  values: plain(samples),
})

function histogram(name: string, help: string, all: readonly (readonly [Labels, Histogram])[]): Metric {
  const values = all.flatMap(([labels, times]): Sample[] => {
    const counts = times.cumulative()
    const bounds = [...times.bounds, '+Inf']
    return [
      ...counts.map((value, slot) => ({ metricName: `${name}_bucket`, labels: { ...labels, le: bounds[slot]! }, value })),
      { metricName: `${name}_sum`, labels, value: times.sum },
      { metricName: `${name}_count`, labels, value: counts.at(-1)! },
    ]
  })
  return { name, help, type: 'histogram', values }
}

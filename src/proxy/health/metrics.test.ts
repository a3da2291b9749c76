import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice } from '../../api/index.ts'
import { createMetrics } from './metrics.ts'
import { Triggers } from './triggers.ts'

const nothing = { noLocalEndpoints: [], invalidPackets: 0, localhostPackets: 0 }

test('what was counted is printed as Prometheus reads it', async () => {
  const metrics = createMetrics()
  metrics.changed('service')
  for (const [seconds, full] of [
    [0.0005, true],
    [0.003, false],
    [100, false],
  ] as const)
    metrics.synced('ip', { now: 5_000, seconds, full, triggers: [4_500], flows: { deleted: 2, seconds: 0.1 } })
  metrics.changed('endpoint')
  metrics.failed('ip6')
  metrics.answered('healthz', 503)
  const { text, contentType } = await metrics.render({
    noLocalEndpoints: [{ family: 'ip', policy: 'internal', count: 3 }],
    invalidPackets: 7,
    localhostPackets: 8,
  })
  assert.match(contentType, /^text\/plain/)
  const lines = text.split('\n')
  for (const line of [
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="0.001",ip_family="IPv4"} 1',
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="0.004",ip_family="IPv4"} 2',
    'kubeproxy_sync_proxy_rules_duration_seconds_bucket{le="+Inf",ip_family="IPv4"} 3',
    'kubeproxy_sync_proxy_rules_duration_seconds_count{ip_family="IPv4"} 3',
    'kubeproxy_sync_full_proxy_rules_duration_seconds_count{ip_family="IPv4"} 1',
    'kubeproxy_network_programming_duration_seconds_bucket{le="0.5",ip_family="IPv4"} 3',
    'kubeproxy_network_programming_duration_seconds_bucket{le="0.25",ip_family="IPv4"} 0',
    'kubeproxy_sync_proxy_rules_service_changes_total 1',
    'kubeproxy_sync_proxy_rules_service_changes_pending 0',
    'kubeproxy_sync_proxy_rules_endpoint_changes_pending 1',
    'kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv6"} 1',
    'kubeproxy_conntrack_reconciler_deleted_entries_total{ip_family="IPv4"} 6',
    'kubeproxy_proxy_healthz_total{code="503"} 1',
    'kubeproxy_sync_proxy_rules_no_local_endpoints_total{ip_family="IPv4",traffic_policy="internal"} 3',
    'kubeproxy_iptables_ct_state_invalid_dropped_packets_total 7',
  ])
    assert.ok(lines.includes(line), `${line} is not among\n${text}`)
  assert.equal((await metrics.render(nothing)).text.includes('dropped_packets_total 0'), true)
})

test('how old a change is counts once, from when the proxy was there, and again after a failure', async () => {
  const slice = (time: string, addressType = 'IPv4'): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': time } },
    addressType,
    endpoints: [],
  })
  const triggers = new Triggers(Date.parse('2026-01-01T00:00:10Z'))
  const one = slice('2026-01-01T00:00:11Z')
  triggers.note(slice('2026-01-01T00:00:09Z'), undefined)
  triggers.note(one, undefined)
  triggers.note({ ...one }, one)
  triggers.note(undefined, one)
  triggers.note(slice('2026-01-01T00:00:12Z', 'IPv6'), undefined)
  const expected = [
    { family: 'ip', time: Date.parse('2026-01-01T00:00:11Z') },
    { family: 'ip6', time: Date.parse('2026-01-01T00:00:12Z') },
  ]
  await assert.rejects(triggers.during(() => Promise.reject(new Error('nft failed'))))
  assert.deepEqual(await triggers.during(async (some) => some), expected)
  assert.deepEqual(await triggers.during(async (some) => some), [])
})

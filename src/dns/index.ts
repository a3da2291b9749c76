/** Cluster DNS: Services and EndpointSlices to answers, and everything else to those who know it (CoreDNS). */
export type { QueryEvent } from './respond.ts'
export { corefileSettings } from './corefile/settings.ts'
export { type HostOutcome, type HostResolver, hostDnsOff, hostDnsOn } from './host/host.ts'
export type { HostNames } from './host/plan.ts'
export { type DnsFlags, settingsFromFlags } from './flags.ts'
export type { DnsSettings } from './settings.ts'
export { type DnsOptions, runDns } from './run.ts'
export type { Endpoint } from './server/server.ts'

/** Addresses for Services of type LoadBalancer: who gets which, and which node answers for it. */
export { type AnswerOptions, runAnswering } from './answer.ts'
export { checkPool, defaultPool, type Pool } from './pool.ts'
export { type LoadBalancerOptions, runLoadBalancer } from './run.ts'

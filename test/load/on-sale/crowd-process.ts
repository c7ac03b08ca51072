import { Crowd } from './crowd.ts';
import type { CrowdPlan } from './plan.ts';

/** The crowd, in a process of its own: the plan comes on standard input, and the outcome goes to standard output. */
const plan: CrowdPlan = await Bun.stdin.json();
const crowd = new Crowd(plan, (count) => process.send?.(count));
console.log(JSON.stringify(await crowd.visit()));
process.exit(0);

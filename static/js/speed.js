// @ts-check
/** Steps per second, in words. */
import { integer } from "./format.js";

/** @param {(key: string, params?: any) => string} t @param {number} count */
export const perSecond = (t, count) => t(innerWidth < 760 ? "transport.speed_short" : Math.round(count) === 1 ? "transport.speed_one" : "transport.speed_steps", { count: integer(count) });

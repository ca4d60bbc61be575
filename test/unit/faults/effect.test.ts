import { describe, expect, it } from '@jest/globals';
import { requestEffect, statementEffect } from '../../faults/support/effect.ts';

describe('what the crash points count as an effect', () => {
  it.each([
    ['SELECT 1', undefined],
    ["SELECT job_id FROM jobs WHERE status = 'it is for update: FOR UPDATE'", undefined],
    ["SET NAMES utf8mb4, time_zone = '+00:00'", undefined],
    ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', undefined],
    ['START TRANSACTION', undefined],
    ['SHOW TABLES', undefined],
    ['COMMIT', 'COMMIT'],
    ['SET GLOBAL max_connections = 1', 'SET GLOBAL max_connections = ?'],
    ["SELECT j.job_id FROM jobs AS j WHERE job_id IN ('a') ORDER BY j.job_id FOR UPDATE", 'SELECT … FROM jobs … FOR UPDATE'],
    ['SELECT GET_LOCK(?, ?) AS granted', 'SELECT … GET_LOCK'],
    ["INSERT INTO jobs (job_id) SELECT 'a' FROM DUAL", 'INSERT INTO jobs'],
    ['INSERT INTO `mine`.`jobs`(`timestamp`) VALUES (?)', 'INSERT INTO jobs'],
    ["UPDATE jobs SET status = 'cancelled', completed_at = NOW() WHERE job_id IN ('a')", 'UPDATE jobs: status, completed_at'],
    ["DELETE FROM jobs WHERE job_id IN ('a')", 'DELETE FROM jobs'],
    ['CREATE TABLE IF NOT EXISTS more (id INT)', 'CREATE TABLE more'],
    ["LOAD DATA INFILE 'a secret' INTO TABLE jobs", 'LOAD DATA INFILE ? INTO TABLE jobs'],
  ])('%s: %s', (sql, name) => {
    expect(statementEffect(sql)).toBe(name);
  });

  it.each([
    ['GET', '/apis/wordpress.betaweb.ai/v1alpha1/namespaces/test/jobs?watch=true', undefined],
    ['PATCH', '/apis/wordpress.betaweb.ai/v1alpha1/namespaces/test-1/jobs/plain/status?fieldManager=jobs-operator', 'PATCH jobs/plain/status'],
    ['POST', '/apis/events.k8s.io/v1/namespaces/test/events', 'POST events'],
    ['PATCH', '/apis/events.k8s.io/v1/namespaces/test/events/plain.17f0c2', 'PATCH events/*'],
    ['PUT', '/api/v1/nodes', 'PUT */nodes'],
  ])('%s %s: %s', (method, path, name) => {
    expect(requestEffect(method, path)).toBe(name);
  });
});

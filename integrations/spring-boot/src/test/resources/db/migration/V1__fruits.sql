CREATE TABLE fruits (name text PRIMARY KEY);

COPY fruits FROM STDIN;
apple
pear
\.

-- The binary DECIMAL packs nine digits in four bytes; every remainder of digits before and after the point is its own layout.
CREATE TABLE scales (
  id INT NOT NULL PRIMARY KEY,
  p1 DECIMAL(10,1), p2 DECIMAL(11,2), p3 DECIMAL(12,3), p4 DECIMAL(13,4), p5 DECIMAL(14,5), p6 DECIMAL(15,6), p7 DECIMAL(16,7), p8 DECIMAL(17,8), p9 DECIMAL(18,9), p10 DECIMAL(19,10), p12 DECIMAL(12,12),
  q1 DECIMAL(2,1), q2 DECIMAL(3,1), q3 DECIMAL(4,1), q4 DECIMAL(5,1), q5 DECIMAL(6,1), q6 DECIMAL(7,1), q7 DECIMAL(8,1), q8 DECIMAL(9,1), q10 DECIMAL(20,10)
);
